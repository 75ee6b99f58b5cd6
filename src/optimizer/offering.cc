#include "optimizer/offering.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "catalog/infra_facts.h"
#include "optimizer/describe.h"
#include "optimizer/rates.h"
#include "task/values.h"

namespace sky::optimizer {
namespace {

using catalog::Feature;

auto bound_of(const std::optional<Quantity>& quantity) -> std::optional<catalog::Bound> {
  if (!quantity) return std::nullopt;
  return catalog::Bound{.value = quantity->value, .at_least = quantity->at_least, .per_cpu = quantity->per_cpu};
}

// `nvme:1000+`, as the task has it after parsing.
auto local_disk_of(const std::optional<std::string>& text) -> std::optional<catalog::LocalDisk> {
  if (!text) return std::nullopt;
  const auto parts = split(*text, ':');
  std::string_view size = parts.size() > 1 ? parts[1] : std::string_view();
  const bool at_least = size.ends_with('+');
  if (at_least) size.remove_suffix(1);
  return catalog::LocalDisk{
      .nvme = parts[0] == "nvme", .size_gib = parse_double(size).value_or(0), .at_least = at_least};
}

auto want_of(const Resources& asked, const catalog::Catalog& catalog) -> catalog::Want {
  catalog::Want want{.cpus = bound_of(asked.cpus),
                     .memory_gib = bound_of(asked.memory_gib),
                     .local_disk = local_disk_of(asked.local_disk),
                     .region = asked.region ? std::string_view(*asked.region) : std::string_view(),
                     .zone = asked.zone ? std::string_view(*asked.zone) : std::string_view(),
                     .market = asked.use_spot.value_or(false) ? catalog::Market::kSpot : catalog::Market::kOnDemand,
                     .hourly_cost_usd_max = asked.max_hourly_cost_usd};
  if (asked.accelerator) {
    // A name that the catalog lacks is looked for as it is, and not found.
    want.accelerator = catalog.accelerator_name(asked.accelerator->name).value_or(asked.accelerator->name);
    want.accelerator_count = asked.accelerator->count;
  }
  return want;
}

auto cheapest_named(const catalog::Catalog& catalog, const Resources& asked, std::string* refusal)
    -> std::vector<catalog::Choice> {
  Result<catalog::Choice> choice = catalog::named_choice(catalog, *asked.instance_type, want_of(asked, catalog));
  if (choice.ok()) return {*choice};
  *refusal = choice.error().message;
  return {};
}

auto what_is_missing(const Resources& asked) -> std::string {
  std::vector<std::string> parts;
  if (asked.accelerator)
    parts.push_back(fmt::format("{}:{}", asked.accelerator->name, count_text(asked.accelerator->count)));
  if (asked.cpus) parts.push_back(fmt::format("{} vCPUs", asked.cpus->text));
  if (asked.memory_gib) parts.push_back(fmt::format("{} GB of memory", asked.memory_gib->text));
  if (asked.local_disk) parts.push_back(fmt::format("local disk {}", *asked.local_disk));
  if (asked.max_hourly_cost_usd) parts.push_back(fmt::format("at most ${}/hr", *asked.max_hourly_cost_usd));
  std::string text = parts.empty() ? "no instance type" : fmt::format("no instance type with {}", join(parts, ", "));
  if (asked.use_spot.value_or(false)) text += " as spot";
  if (asked.zone) return fmt::format("{} in {}", text, *asked.zone);
  if (asked.region) return fmt::format("{} in {}", text, *asked.region);
  return text;
}

auto matches(std::string_view blocked, std::string_view value) -> bool {
  return blocked.empty() || blocked == value;
}

}  // namespace

auto missing_feature(const Resources& asked, int node_count, std::string_view infra) -> std::string {
  const bool custom_tier = asked.disk_tier && *asked.disk_tier != DiskTier::kBest;
  const bool stops = asked.autostop && asked.autostop->enabled;
  const std::pair<Feature, bool> needs[] = {
      {Feature::kSpotInstance, asked.use_spot.value_or(false)},
      {Feature::kCustomDiskTier, custom_tier},
      {Feature::kCustomNetworkTier, asked.network_tier == NetworkTier::kBest},
      {Feature::kDockerImage, asked.docker_image.has_value()},
      {Feature::kImageId, !asked.images.empty()},
      {Feature::kOpenPorts, !asked.ports.empty()},
      {Feature::kLocalDisk, asked.local_disk.has_value()},
      {Feature::kMultiNode, node_count > 1},
      {Feature::kAutostop, stops && !asked.autostop->down},
      {Feature::kAutodown, stops && asked.autostop->down},
  };
  for (const auto& [feature, needed] : needs) {
    const std::string_view reason = needed ? catalog::missing_feature_reason(infra, feature) : std::string_view();
    if (!reason.empty()) return std::string(reason.ends_with('.') ? reason.substr(0, reason.size() - 1) : reason);
  }
  return {};
}

auto Offering::options(size_t index, const std::vector<Blocked>& blocked) const -> std::vector<Option> {
  std::vector<Option> found;
  const bool use_spot = asked->use_spot.value_or(false);
  const auto number = static_cast<std::uint32_t>(index);
  const auto consider = [&](Option option, std::string_view accelerator) {
    if (asked->max_hourly_cost_usd && option.hourly_cost_usd > *asked->max_hourly_cost_usd) return;
    const bool is_blocked = std::ranges::any_of(blocked, [&](const Blocked& one) {
      return matches(one.infra, market->infra) && matches(one.instance_type, option.instance_type) &&
             matches(one.region, option.region) && matches(one.zone, option.zone) &&
             matches(one.accelerator, accelerator) && (!one.use_spot || *one.use_spot == use_spot);
    });
    if (!is_blocked) found.push_back(option);
  };
  if (live != nullptr) {
    const LiveOffer& offer = (*live)[index];
    consider({offer.instance_type, offer.region, offer.zone, offer.hourly_cost_usd, number}, offer.accelerator);
    return found;
  }
  const bool by_zone = use_spot || asked->zone || catalog::infra_facts(market->infra).plans_by_zone;
  const bool region_bound =
      !asked->images.empty() && std::ranges::none_of(asked->images, &std::string::empty, &Image::region);
  const std::string_view accelerator =
      asked->accelerator ? std::string_view(asked->accelerator->name) : std::string_view();
  const catalog::Market kind = use_spot ? catalog::Market::kSpot : catalog::Market::kOnDemand;
  for (const catalog::Place& place : catalog::places(*market->catalog, choices[index], kind)) {
    if (asked->region && !equals_ignore_case(*asked->region, place.region)) continue;
    if (asked->zone && !equals_ignore_case(*asked->zone, place.zone)) continue;
    if (region_bound && std::ranges::find(asked->images, place.region, &Image::region) == asked->images.end()) continue;
    const std::string_view zone = by_zone ? place.zone : std::string_view();
    const bool known = !by_zone && std::ranges::find(found, place.region, &Option::region) != found.end();
    if (known) continue;
    consider({choices[index].instance_type, place.region, zone, place.hourly_cost_usd, number}, accelerator);
  }
  return found;
}

auto Offering::candidate(const Option& option) const -> Candidate {
  Candidate made{.choice = choice,
                 .infra = market->infra,
                 .instance_type = std::string(option.instance_type),
                 .region = std::string(option.region),
                 .zone = std::string(option.zone),
                 .accelerator = {},
                 .use_spot = asked->use_spot.value_or(false),
                 .hourly_cost_usd = option.hourly_cost_usd};
  made.disk_hourly_cost_usd =
      disk_hourly_cost_usd(market->infra, asked->disk_tier, asked->disk_size_gib.value_or(kDefaultDiskGib));
  if (live != nullptr) {
    const LiveOffer& offer = (*live)[option.machine];
    made.vcpus = offer.vcpus;
    made.memory_gib = offer.memory_gib;
    made.accelerator = offer.accelerator;
    made.accelerator_count = offer.accelerator_count;
    made.is_live = true;
    return made;
  }
  const catalog::Choice& one = choices[option.machine];
  if (one.machine != nullptr) {
    made.vcpus = one.machine->vcpus;
    made.memory_gib = one.machine->memory_gib;
    if (const auto own = catalog::accelerators_of(*market->catalog, *one.machine)) {
      made.accelerator = std::string(own->name);
      made.accelerator_count = own->count;
    }
  }
  if (one.device != nullptr) {
    made.accelerator = std::string(market->catalog->text(one.device->accelerator));
    made.accelerator_count = one.device->accelerator_count;
  }
  return made;
}

auto Offerings::find(size_t task, size_t choice, const Market& market) -> Offering {
  const TaskRequest& request = request_.tasks[task];
  const Resources& asked = request.resources.candidates[choice];
  Offering offering{.market = &market, .asked = &asked, .choice = choice};
  offering.refusal = missing_feature(asked, request.node_count, market.infra);
  if (!offering.refusal.empty()) return offering;
  if (market.catalog == nullptr) {
    const auto answer = std::ranges::find_if(
        market.live, [&](const LiveAnswer& one) { return one.task == task && one.choice == choice; });
    if (answer == market.live.end() || answer->offers.empty()) {
      offering.refusal =
          answer == market.live.end() || answer->refusal.empty() ? what_is_missing(asked) : answer->refusal;
      return offering;
    }
    offering.live = &answer->offers;
    return offering;
  }
  if (asked.instance_type) {
    offering.choices = cheapest_named(*market.catalog, asked, &offering.refusal);
    if (offering.choices.empty() && offering.refusal.empty()) offering.refusal = what_is_missing(asked);
    return offering;
  }
  const catalog::Want want = want_of(asked, *market.catalog);
  const Key key(&market, wish_text(asked));
  auto known = choices_.find(key);
  if (known == choices_.end()) known = choices_.emplace(key, catalog::choices(*market.catalog, want)).first;
  offering.choices = known->second;
  if (!offering.choices.empty()) return offering;
  offering.refusal = what_is_missing(asked);
  if (asked.accelerator) offering.similar = catalog::similar_accelerators(*market.catalog, want);
  // It is offered as it was asked for: something else did not fit, and other devices are no help.
  const std::string itself = fmt::format("{}:{}", want.accelerator, count_text(want.accelerator_count));
  if (std::ranges::find(offering.similar, itself) != offering.similar.end()) offering.similar.clear();
  return offering;
}

}  // namespace sky::optimizer
