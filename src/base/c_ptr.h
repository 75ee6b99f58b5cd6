// Owner of an object that a C library makes and its function `Free` ends: `CPtr<SSL, SSL_free>`.
#pragma once

#include <memory>

namespace sky {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

template <class T, auto Free>
using CPtr = std::unique_ptr<T, FreeWith<Free>>;

}  // namespace sky
