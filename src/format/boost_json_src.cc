// The one translation unit that holds Boost.JSON's compiled part: the library is used without its .so or .a, so that
// static and cross builds need headers only.
#include <boost/json/src.hpp>
