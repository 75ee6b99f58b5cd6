// One entry of `resources` on one infra: does it fit, what is there, where, at what price. The part of the optimizer
// that knows catalogs.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "catalog/query.h"
#include "optimizer/plan.h"
#include "optimizer/request.h"

namespace sky::optimizer {

// Machines at a place. Texts belong to the catalog or the request.
struct Option {
  std::string_view instance_type;
  std::string_view region;
  std::string_view zone;
  double hourly_cost_usd = 0;
  std::uint32_t machine = 0;  // index in the Offering
};

struct Offering {
  const Market* market = nullptr;
  const Resources* asked = nullptr;
  size_t choice = 0;
  std::string refusal;                           // why there is nothing; empty: the machines below fit
  std::vector<catalog::Choice> choices;          // of a catalog, cheapest first
  const std::vector<LiveOffer>* live = nullptr;  // of an infra without one
  std::vector<std::string> similar;              // accelerators to try instead

  auto size() const -> size_t { return live != nullptr ? live->size() : choices.size(); }
  // No place of machine `index` costs less; ascending with the index.
  auto least_cost(size_t index) const -> double {
    return live != nullptr ? (*live)[index].hourly_cost_usd : choices[index].hourly_cost_usd;
  }
  // The places of one machine that fit the pins and the price cap and are not blocked, cheapest first.
  auto options(size_t index, const std::vector<Blocked>& blocked) const -> std::vector<Option>;
  // Owned and complete, but for costs of the task.
  auto candidate(const Option& option) const -> Candidate;
};

// Makes offerings; the machines that fit a catalog are looked up once for equal wishes.
class Offerings {
 public:
  explicit Offerings(const Request& request) : request_(request) {}
  auto find(size_t task, size_t choice, const Market& market) -> Offering;

 private:
  using Key = std::pair<const Market*, std::string>;
  const Request& request_;
  std::map<Key, std::vector<catalog::Choice>> choices_;
};

// A feature that the entry needs and the infra lacks, as a clause; empty: none.
auto missing_feature(const Resources& asked, int node_count, std::string_view infra) -> std::string;

}  // namespace sky::optimizer
