// All catalogs of this machine: the directories of the user, and for infrastructures without one the built-in snapshot.
//
//   ~/.sky/catalogs/v8/<infra>/vms.csv images.csv …   the original's layout, read as it is
//   <share>/sky/catalogs/v8/<infra>/…                 the snapshot that ships with the program
//
// A file of the user's directory wins over the snapshot's; the files common/accelerators.csv and common/metadata.csv
// too. Opening looks at directories alone; a catalog is read when it is first asked for (from its cache in well under a
// millisecond, from a CSV of 100,000 rows in some 50), so callers on the loop preload() on the pool.
//
// Thread-compatible; `const Catalog*` stay valid as long as the Catalogs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/accelerators.h"
#include "catalog/catalog.h"

namespace sky::catalog {

struct CatalogDirs {
  std::string user;      // "/home/me/.sky/catalogs/v8"; need not exist
  std::string snapshot;  // "/usr/share/sky/catalogs/v8"; need not exist

  // The user's below `home`; the snapshot's found relative to `program`, the path of the running binary: beside it in
  // `<prefix>/share/sky/catalogs/v8`, or in the source tree that it was built in.
  static auto of(std::string_view home, std::string_view program) -> CatalogDirs;
};

class Catalogs {
 public:
  static auto open(CatalogDirs dirs) -> Catalogs;
  // For tests: catalogs that are there already.
  static auto of(std::vector<Catalog> catalogs, AcceleratorTable accelerators) -> Catalogs;

  // Infrastructures with a catalog, sorted: "aws", "gcp", …
  auto infras() const -> std::vector<std::string>;
  auto has(std::string_view infra) const -> bool { return entries_.contains(infra); }

  // kNotFound when the infrastructure has no catalog, kInvalidArgument with FILE:LINE when its file is broken; the
  // answer is remembered.
  auto find(std::string_view infra) const -> Result<const Catalog*>;
  // Names and memory of all accelerators. Errors as parse_accelerator_names().
  auto accelerators() const -> Result<const AcceleratorTable*>;
  // Reads everything, so that later calls are look-ups. For run_on.
  void preload() const;

 private:
  struct Entry {
    std::string path;  // of vms.csv
    bool is_snapshot = false;
    mutable std::unique_ptr<Result<Catalog>> catalog;
  };

  CatalogDirs dirs_;
  std::map<std::string, Entry, std::less<>> entries_;
  mutable std::unique_ptr<Result<AcceleratorTable>> accelerators_;
};

}  // namespace sky::catalog
