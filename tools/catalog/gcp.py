"""Google Cloud: machine series, GPUs and TPUs with their list prices.

Sources, as of PRICES_DATE:
  cloud.google.com/compute/all-pricing, /compute/vm-instance-pricing   prices per vCPU and GiB in us-central1
  cloud.google.com/compute/gpus-pricing, /tpu/pricing                  prices per device
  cloud.google.com/compute/docs/machine-resource, /docs/gpus           shapes
  cloud.google.com/compute/docs/regions-zones, /docs/gpus/gpu-regions-zones
Other regions are us-central1 times one factor per region, spot is on demand times one factor per series: both are
close to the lists, not equal to them. Series that Google prices on request have shapes without prices.
"""
from common import gpu_info, number

PRICES_DATE = "2025-07-01"
HEADER = ["InstanceType", "AcceleratorName", "AcceleratorCount", "vCPUs", "MemoryGiB", "GpuInfo", "Price", "SpotPrice",
          "Region", "AvailabilityZone"]

# Price relative to us-central1, and zones.
REGIONS = {
    "us-central1": (1.0, "abcf"), "us-east1": (1.0, "bcd"), "us-east4": (1.1263, "abc"), "us-east5": (1.0, "abc"),
    "us-south1": (1.18, "abc"), "us-west1": (1.0, "abc"), "us-west2": (1.2012, "abc"), "us-west3": (1.2012, "abc"),
    "us-west4": (1.1263, "abc"), "northamerica-northeast1": (1.1010, "abc"), "southamerica-east1": (1.5875, "abc"),
    "europe-west1": (1.1002, "bcd"), "europe-west2": (1.2884, "abc"), "europe-west3": (1.2884, "abc"),
    "europe-west4": (1.1012, "abc"), "europe-north1": (1.1012, "abc"), "asia-east1": (1.1578, "abc"),
    "asia-northeast1": (1.2851, "abc"), "asia-northeast3": (1.2831, "abc"), "asia-south1": (1.2010, "abc"),
    "asia-southeast1": (1.2336, "abc"), "australia-southeast1": (1.4190, "abc"),
}
EVERYWHERE = list(REGIONS)
MAIN = ["us-central1", "us-east1", "us-east4", "us-west1", "europe-west1", "europe-west4", "asia-southeast1"]

STANDARD = {"standard": 4, "highmem": 8, "highcpu": 1}
STANDARD2 = {"standard": 4, "highmem": 8, "highcpu": 2}
NEW = {"standard": 3.75, "highmem": 7.75, "highcpu": 2}  # c4, c4d
# series: ($/vCPU, $/GiB, spot factor, GiB per vCPU of each kind, sizes, regions)
SERIES = {
    "n1": (0.031611, 0.004237, 0.21, {"standard": 3.75, "highmem": 6.5, "highcpu": 0.9}, [1, 2, 4, 8, 16, 32, 64, 96],
           EVERYWHERE),
    "n2": (0.031611, 0.004237, 0.30, STANDARD, [2, 4, 8, 16, 32, 48, 64, 80, 96, 128], EVERYWHERE),
    "n2d": (0.027502, 0.003686, 0.30, STANDARD, [2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224], EVERYWHERE),
    "n4": (0.030838, 0.004133, 0.40, STANDARD2, [2, 4, 8, 16, 32, 48, 64, 80], MAIN),
    "n4a": (0.027600, 0.003700, 0.40, STANDARD2, [1, 2, 4, 8, 16, 32, 48, 64], ["us-central1"]),
    "n4d": (0.027200, 0.003650, 0.40, STANDARD2, [2, 4, 8, 16, 32, 48, 64, 80, 96], ["us-central1"]),
    "e2": (0.021812, 0.002924, 0.30, STANDARD, [2, 4, 8, 16, 32], EVERYWHERE),
    "t2d": (0.027502, 0.003686, 0.24, {"standard": 4}, [1, 2, 4, 8, 16, 32, 48, 60], MAIN),
    "t2a": (0.025000, 0.003400, 0.30, {"standard": 4}, [1, 2, 4, 8, 16, 32, 48],
            ["us-central1", "europe-west4", "asia-southeast1"]),
    "c2": (0.033980, 0.004550, 0.26, {"standard": 4}, [4, 8, 16, 30, 60], EVERYWHERE),
    "c2d": (0.029563, 0.003959, 0.30, STANDARD2, [2, 4, 8, 16, 32, 56, 112], MAIN),
    "c3": (0.033980, 0.004556, 0.40, STANDARD2, [4, 8, 22, 44, 88, 176], MAIN),
    "c3d": (0.029563, 0.003959, 0.40, STANDARD2, [4, 8, 16, 30, 60, 90, 180, 360], MAIN),
    "c4": (0.034650, 0.003938, 0.40, NEW, [2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288], MAIN),
    "c4a": (0.030800, 0.003530, 0.40, STANDARD2, [1, 2, 4, 8, 16, 32, 48, 64, 72], MAIN),
    "c4d": (0.033100, 0.003762, 0.40, NEW, [2, 4, 8, 16, 32, 48, 64, 96, 192, 384], MAIN),
}
# Kinds with another smallest size.
SMALLEST = {"n1-highmem": 2, "n1-highcpu": 2, "n1-standard": 1}
LARGEST = {"e2-highmem": 16, "n2-highcpu": 96, "n2d-highmem": 96}

# Whole machines: (vCPUs, GiB, $, spot factor, regions)
MACHINES = {
    "e2-micro": (2, 1, 0.008376, 0.30, EVERYWHERE), "e2-small": (2, 2, 0.016751, 0.30, EVERYWHERE),
    "e2-medium": (2, 4, 0.033503, 0.30, EVERYWHERE),
    "h3-standard-88": (88, 352, 4.9236, 0.40, ["us-central1", "europe-west4"]),
    "h4d-standard-192": (192, 720, None, None, ["us-central1", "europe-west4", "asia-southeast1"]),
    "h4d-highmem-192": (192, 1488, None, None, ["us-central1", "europe-west4", "asia-southeast1"]),
    "m1-ultramem-40": (40, 961, 6.3039, 0.21, MAIN), "m1-ultramem-80": (80, 1922, 12.6078, 0.21, MAIN),
    "m1-ultramem-160": (160, 3844, 25.2156, 0.21, MAIN), "m1-megamem-96": (96, 1433.6, 10.674, 0.21, MAIN),
    "m2-ultramem-208": (208, 5888, 42.186, None, MAIN), "m2-ultramem-416": (416, 11776, 84.371, None, MAIN),
    "m2-megamem-416": (416, 5888, 50.372, None, MAIN), "m2-hypermem-416": (416, 8832, 67.372, None, MAIN),
    "m3-ultramem-32": (32, 976, 6.0912, 0.40, MAIN), "m3-ultramem-64": (64, 1952, 12.1824, 0.40, MAIN),
    "m3-ultramem-128": (128, 3904, 24.3648, 0.40, MAIN), "m3-megamem-64": (64, 976, 7.2013, 0.40, MAIN),
    "m3-megamem-128": (128, 1952, 14.4026, 0.40, MAIN),
    "m4-megamem-28": (28, 372, None, None, MAIN), "m4-megamem-56": (56, 744, None, None, MAIN),
    "m4-megamem-112": (112, 1488, None, None, MAIN), "m4-megamem-224": (224, 2976, None, None, MAIN),
    "m4-ultramem-56": (56, 1488, None, None, MAIN), "m4-ultramem-112": (112, 2976, None, None, MAIN),
    "m4-ultramem-224": (224, 5952, None, None, MAIN),
    "x4-480-6t-metal": (480, 6144, None, None, ["us-central1"]),
    "x4-480-8t-metal": (480, 8192, None, None, ["us-central1"]),
    "x4-960-12t-metal": (960, 12288, None, None, ["us-central1"]),
    "x4-960-16t-metal": (960, 16384, None, None, ["us-central1"]),
    "x4-1440-24t-metal": (1440, 24576, None, None, ["us-central1"]),
    "x4-1920-32t-metal": (1920, 32768, None, None, ["us-central1"]),
    "z3-highmem-88": (88, 704, 13.0, 0.40, ["us-central1", "us-east4", "europe-west4", "asia-southeast1"]),
    "z3-highmem-176": (176, 1408, 26.0, 0.40, ["us-central1", "us-east4", "europe-west4", "asia-southeast1"]),
}

# Hosts of GPUs, priced without their GPUs; with the zones where they are.
A2 = {"us-central1": "abcf", "us-east1": "b", "us-west1": "b", "us-west3": "b", "us-west4": "b", "europe-west4": "ab",
      "asia-northeast1": "ac", "asia-northeast3": "ab", "asia-southeast1": "bc"}
A2_ULTRA = {"us-central1": "ac", "us-east4": "c", "us-east5": "b", "europe-west4": "a", "asia-southeast1": "c"}
G2 = {"us-central1": "abc", "us-east1": "bcd", "us-east4": "ac", "us-west1": "abc", "us-west4": "ac",
      "europe-west1": "bc", "europe-west2": "ab", "europe-west3": "ab", "europe-west4": "abc", "asia-east1": "abc",
      "asia-northeast1": "abc", "asia-northeast3": "ab", "asia-south1": "abc", "asia-southeast1": "abc"}
A3 = {"us-central1": "ac", "us-east4": "ab", "us-east5": "a", "us-west1": "ab", "us-west4": "a", "europe-west1": "bc",
      "europe-west4": "bc", "asia-northeast1": "b", "asia-southeast1": "bc"}
A3_MEGA = {"us-central1": "ac", "us-east4": "abc", "us-east5": "a", "us-west1": "ab", "us-west4": "a",
           "europe-west1": "bc", "europe-west4": "bc", "asia-northeast1": "b", "asia-southeast1": "bc",
           "australia-southeast1": "c"}
A3_ULTRA = {"us-central1": "b", "us-east4": "b", "us-east5": "a", "us-south1": "b", "us-west1": "c",
            "europe-west1": "b", "asia-south1": "b"}
A4 = {"us-central1": "b", "us-east1": "b", "us-east4": "b", "us-south1": "b", "us-west2": "c", "us-west3": "bc",
      "europe-west4": "b", "asia-southeast1": "b"}
A4X = {"us-central1": "a"}
G4 = {"us-central1": "bf", "us-east4": "c", "us-east5": "c", "us-west1": "a", "europe-west4": "a",
      "asia-southeast1": "b"}
A2_CPU, A2_GIB = 0.031611, 0.004237
G2_CPU, G2_GIB = 0.024988, 0.002927


def a2(vcpus: int, gib: int) -> float:
    return vcpus * A2_CPU + gib * A2_GIB


def g2(vcpus: int) -> float:
    return vcpus * G2_CPU + 4 * vcpus * G2_GIB


HOSTS = {
    "a2-highgpu-1g": (12, 85, a2(12, 85), 0.40, A2), "a2-highgpu-2g": (24, 170, a2(24, 170), 0.40, A2),
    "a2-highgpu-4g": (48, 340, a2(48, 340), 0.40, A2), "a2-highgpu-8g": (96, 680, a2(96, 680), 0.40, A2),
    "a2-megagpu-16g": (96, 1360, a2(96, 1360), 0.40, {"us-central1": "abcf", "europe-west4": "ab"}),
    "a2-ultragpu-1g": (12, 170, a2(12, 170) + 0.0412, 0.40, A2_ULTRA),
    "a2-ultragpu-2g": (24, 340, a2(24, 340) + 0.0823, 0.40, A2_ULTRA),
    "a2-ultragpu-4g": (48, 680, a2(48, 680) + 0.1646, 0.40, A2_ULTRA),
    "a2-ultragpu-8g": (96, 1360, a2(96, 1360) + 0.3292, 0.40, A2_ULTRA),
    **{f"g2-standard-{n}": (n, 4 * n, g2(n), 0.40, G2) for n in (4, 8, 12, 16, 24, 32, 48, 96)},
    "a3-highgpu-1g": (26, 234, 1.2648, 0.30, A3), "a3-highgpu-2g": (52, 468, 2.5296, 0.30, A3),
    "a3-highgpu-4g": (104, 936, 5.0592, 0.30, A3), "a3-highgpu-8g": (208, 1872, 10.1184, 0.30, A3),
    "a3-megagpu-8g": (208, 1872, 10.1184, 0.30, A3_MEGA), "a3-ultragpu-8g": (224, 2952, 12.0069, 0.30, A3_ULTRA),
    "a3-edgegpu-8g": (208, 1872, None, None, {"us-west1": "b", "asia-northeast1": "b"}),
    "a4-highgpu-8g": (224, 3968, 14.24, 0.40, A4), "a4x-highgpu-4g": (140, 884, None, None, A4X),
    "g4-standard-48": (48, 180, 1.6, 0.40, G4), "g4-standard-96": (96, 360, 3.2, 0.40, G4),
    "g4-standard-192": (192, 720, 6.4, 0.40, G4), "g4-standard-384": (384, 1440, 12.8, 0.40, G4),
}

T4 = {"us-central1": "abcf", "us-east1": "cd", "us-east4": "abc", "us-west1": "ab", "us-west2": "bc", "us-west4": "ab",
      "northamerica-northeast1": "c", "southamerica-east1": "ac", "europe-west1": "bcd", "europe-west2": "ab",
      "europe-west3": "b", "europe-west4": "abc", "asia-east1": "ac", "asia-northeast1": "ac", "asia-northeast3": "bc",
      "asia-south1": "ab", "asia-southeast1": "abc", "australia-southeast1": "ac"}
V100 = {"us-central1": "abcf", "us-east1": "c", "us-west1": "ab", "europe-west4": "abc", "asia-east1": "c"}
P100 = {"us-central1": "cf", "us-east1": "bc", "us-west1": "ab", "europe-west1": "bd", "europe-west4": "a",
        "asia-east1": "ac", "australia-southeast1": "c"}
P4 = {"us-central1": "ac", "us-east4": "abc", "us-west2": "bc", "northamerica-northeast1": "abc",
      "europe-west4": "bc", "asia-southeast1": "bc", "australia-southeast1": "ab"}
# name: ($ per device, spot factor, counts, places). K80 was retired in May 2024, so it is not here.
GPUS = {
    "T4": (0.35, 0.40, [1, 2, 4], T4), "P4": (0.60, 0.40, [1, 2, 4], P4), "P100": (1.46, 0.30, [1, 2, 4], P100),
    "V100": (2.48, 0.30, [1, 2, 4, 8], V100),
    "A100": (2.933908, 0.40, [1, 2, 4, 8, 16], A2), "A100-80GB": (3.92808, 0.40, [1, 2, 4, 8], A2_ULTRA),
    "L4": (0.560040, 0.40, [1, 2, 4, 8], G2),
    "H100": (9.796550, 0.30, [1, 2, 4, 8], A3), "H100-MEGA": (10.262000, 0.30, [8], A3_MEGA),
    "H200": (9.100000, 0.30, [8], A3_ULTRA), "B200": (14.220000, 0.40, [8], A4), "GB200": (None, None, [4], A4X),
    "RTXPRO6000": (2.900000, 0.40, [1, 2, 4, 8], G4),
}


def v5p_sizes() -> list:
    return [8, 16, 32, 64, 128] + list(range(256, 12289, 128))


# generation: ($ per chip, spot factor, chips of a size, sizes, places with their factor)
TPUS = {
    "tpu-v2-{}": (1.125, 0.30, lambda n: n / 2, [8],
                  {"us-central1-b": 1.0, "us-central1-c": 1.0, "us-central1-f": 1.0, "europe-west4-a": 1.1,
                   "asia-east1-c": 1.16}),
    "tpu-v2-{} ": (1.5, 0.30, lambda n: n / 2, [32, 128, 256, 512], {"us-central1-a": 1.0, "europe-west4-a": 1.1}),
    "tpu-v3-{}": (2.0, 0.30, lambda n: n / 2, [8],
                  {"us-central1-a": 1.0, "us-central1-b": 1.0, "us-central1-f": 1.0, "europe-west4-a": 1.1}),
    "tpu-v3-{} ": (2.0, 0.30, lambda n: n / 2, [32, 64, 128, 256, 512, 1024, 2048],
                   {"us-east1-d": 1.0, "europe-west4-a": 1.1}),
    "tpu-v4-{}": (3.22, 0.45, lambda n: n / 2, [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3968, 4096],
                  {"us-central2-b": 1.0}),
    "tpu-v5litepod-{}": (1.2, 0.50, lambda n: n, [1, 4, 8, 16, 32, 64, 128, 256],
                         {"us-central1-a": 1.0, "us-south1-a": 1.0, "us-west1-c": 1.0, "us-west4-a": 1.0,
                          "us-west4-b": 1.0, "us-east1-c": 1.0, "us-east5-a": 1.0, "europe-west4-b": 1.3,
                          "asia-southeast1-b": 1.3}),
    "tpu-v5p-{}": (4.2, 0.50, lambda n: n / 2, v5p_sizes(), {"us-east5-a": 1.0, "us-central1-a": 1.0,
                                                             "europe-west4-b": 1.3}),
    "tpu-v6e-{}": (2.7, 0.50, lambda n: n, [1, 4, 8, 16, 32, 64, 128, 256],
                   {"us-central1-b": 1.0, "us-east1-d": 1.0, "us-east5-a": 1.0, "us-east5-b": 1.0, "us-south1-a": 1.0,
                    "europe-west4-a": 1.1, "asia-northeast1-b": 1.2, "southamerica-east1-c": 1.25}),
}


def places(regions):
    """(region, zone, factor) of a list of regions, or of a map region -> zones."""
    for region in regions:
        zones = regions[region] if isinstance(regions, dict) else REGIONS[region][1]
        for zone in zones:
            yield region, f"{region}-{zone}", REGIONS[region][0]


def machines():
    for series, (cpu, gib, spot, kinds, sizes, regions) in SERIES.items():
        for kind, ratio in kinds.items():
            for size in sizes:
                name = f"{series}-{kind}"
                if not SMALLEST.get(name, 0) <= size <= LARGEST.get(name, 10**6):
                    continue
                memory = size * ratio
                yield f"{name}-{size}", size, memory, size * cpu + memory * gib, spot, regions
    for name, shape in {**MACHINES, **HOSTS}.items():
        yield (name, *shape)


def price_cells(price, spot, factor):
    if price is None:
        return "", ""
    return number(price * factor), "" if spot is None else number(price * factor * spot)


def rows() -> list:
    out = []
    for name, vcpus, memory, price, spot, regions in machines():
        for region, zone, factor in places(regions):
            out.append([name, "", "", number(vcpus), number(memory), "", *price_cells(price, spot, factor), region, zone])
    for name, (price, spot, counts, regions) in GPUS.items():
        for count in counts:
            total = None if price is None else price * count
            for region, zone, factor in places(regions):
                out.append(["", name, number(count), "", "", gpu_info(name, count), *price_cells(total, spot, factor),
                            region, zone])
    for pattern, (chip, spot, chips, sizes, where) in TPUS.items():
        for size in sizes:
            name = pattern.strip().format(size)
            for zone, factor in where.items():
                region = zone.rsplit("-", 1)[0]
                out.append(["", name, "1", "", "", name, *price_cells(chip * chips(size), spot, factor), region, zone])
    return out


def accelerators() -> set:
    return set(GPUS)
