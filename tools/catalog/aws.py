"""Amazon EC2: general families and all accelerator families with their list prices.

Sources, as of PRICES_DATE:
  aws.amazon.com/ec2/pricing/on-demand                    Linux, us-east-1
  aws.amazon.com/ec2/instance-types                       shapes, local disks, devices
  docs.aws.amazon.com/general/latest/gr/ec2-service       regions
Other regions are us-east-1 times one factor per region, spot is on demand times one factor per family: both are close
to the lists, not equal to them. Types that are sold as capacity blocks alone have shapes without prices. Zones are names
(us-east-1a); which data centre a name means differs between accounts.
"""
from common import gpu_info, number

PRICES_DATE = "2025-07-01"
HEADER = ["InstanceType", "AcceleratorName", "AcceleratorCount", "vCPUs", "MemoryGiB", "GpuInfo", "Price", "SpotPrice",
          "Region", "AvailabilityZone", "Arch", "LocalDiskType", "LocalDiskSize", "LocalDiskCount", "NVMeSupported"]

# Price relative to us-east-1, and zones.
REGIONS = {
    "us-east-1": (1.0, "abcdf"), "us-east-2": (1.0, "abc"), "us-west-1": (1.1667, "ac"), "us-west-2": (1.0, "abcd"),
    "ca-central-1": (1.1146, "abd"), "eu-west-1": (1.1146, "abc"), "eu-west-2": (1.1563, "abc"),
    "eu-west-3": (1.1667, "abc"), "eu-central-1": (1.1979, "abc"), "eu-north-1": (1.0625, "abc"),
    "ap-northeast-1": (1.2917, "acd"), "ap-northeast-2": (1.2292, "abcd"), "ap-southeast-1": (1.25, "abc"),
    "ap-southeast-2": (1.25, "abc"), "ap-south-1": (1.0521, "abc"), "sa-east-1": (1.5938, "abc"),
}
EVERYWHERE = list(REGIONS)
MAIN = ["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-2"]

SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64,
         "24xlarge": 96}
BIG = {**SIZES, "32xlarge": 128}
AMD = {**BIG, "48xlarge": 192}
ARM = {"medium": 1, **{k: v for k, v in SIZES.items() if k != "24xlarge"}}
ARM8 = {"medium": 1, **SIZES, "48xlarge": 192}
C5 = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "9xlarge": 36, "12xlarge": 48, "18xlarge": 72,
      "24xlarge": 96}
FLEX = {k: SIZES[k] for k in ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")}
X86, ARM64 = "x86_64", "arm64"
# family: ($/vCPU, GiB per vCPU, sizes, arch, GB of local NVMe per vCPU, regions)
FAMILIES = {
    "m5": (0.048, 4, SIZES, X86, 0, EVERYWHERE), "m5a": (0.043, 4, SIZES, X86, 0, EVERYWHERE),
    "m6i": (0.048, 4, BIG, X86, 0, EVERYWHERE), "m6a": (0.0432, 4, AMD, X86, 0, MAIN),
    "m6g": (0.0385, 4, ARM, ARM64, 0, EVERYWHERE), "m6id": (0.059325, 4, BIG, X86, 59, MAIN),
    "m7i": (0.0504, 4, {**SIZES, "48xlarge": 192}, X86, 0, EVERYWHERE), "m7i-flex": (0.04788, 4, FLEX, X86, 0, MAIN),
    "m7a": (0.05796, 4, AMD, X86, 0, MAIN), "m7g": (0.0408, 4, ARM, ARM64, 0, EVERYWHERE),
    "m8g": (0.04488, 4, ARM8, ARM64, 0, MAIN), "m8i": (0.05292, 4, {**BIG, "48xlarge": 192, "96xlarge": 384}, X86, 0,
                                                       ["us-east-1", "us-east-2", "us-west-2"]),
    "c5": (0.0425, 2, C5, X86, 0, EVERYWHERE), "c5a": (0.0385, 2, SIZES, X86, 0, EVERYWHERE),
    "c6i": (0.0425, 2, BIG, X86, 0, EVERYWHERE), "c6a": (0.03825, 2, AMD, X86, 0, MAIN),
    "c6g": (0.034, 2, ARM, ARM64, 0, EVERYWHERE), "c6id": (0.0504, 2, BIG, X86, 59, MAIN),
    "c7i": (0.044625, 2, {**SIZES, "48xlarge": 192}, X86, 0, EVERYWHERE), "c7i-flex": (0.042394, 2, FLEX, X86, 0, MAIN),
    "c7a": (0.05132, 2, AMD, X86, 0, MAIN), "c7g": (0.0363, 2, ARM, ARM64, 0, EVERYWHERE),
    "c8g": (0.03988, 2, ARM8, ARM64, 0, MAIN),
    "r5": (0.063, 8, SIZES, X86, 0, EVERYWHERE), "r5a": (0.0565, 8, SIZES, X86, 0, EVERYWHERE),
    "r6i": (0.063, 8, BIG, X86, 0, EVERYWHERE), "r6a": (0.0567, 8, AMD, X86, 0, MAIN),
    "r6g": (0.0504, 8, ARM, ARM64, 0, EVERYWHERE), "r6id": (0.0756, 8, BIG, X86, 59, MAIN),
    "r7i": (0.06615, 8, {**SIZES, "48xlarge": 192}, X86, 0, EVERYWHERE), "r7a": (0.076075, 8, AMD, X86, 0, MAIN),
    "r7g": (0.05355, 8, ARM, ARM64, 0, EVERYWHERE), "r8g": (0.05891, 8, ARM8, ARM64, 0, MAIN),
}
GENERAL_SPOT = 0.40
# Bursting machines: size -> (vCPUs, GiB), price of the nano, arch
BURST_SIZES = {"nano": (2, 0.5), "micro": (2, 1), "small": (2, 2), "medium": (2, 4), "large": (2, 8), "xlarge": (4, 16),
               "2xlarge": (8, 32)}
BURST = {"t3": (0.0052, X86), "t3a": (0.0047, X86), "t4g": (0.0042, ARM64)}

# Accelerator machines: (device, count, vCPUs, GiB, $, GB and number of local NVMe disks)
P = {
    "p2.xlarge": ("K80", 1, 4, 61, 0.90, 0, 0), "p2.8xlarge": ("K80", 8, 32, 488, 7.20, 0, 0),
    "p2.16xlarge": ("K80", 16, 64, 732, 14.40, 0, 0),
    "p3.2xlarge": ("V100", 1, 8, 61, 3.06, 0, 0), "p3.8xlarge": ("V100", 4, 32, 244, 12.24, 0, 0),
    "p3.16xlarge": ("V100", 8, 64, 488, 24.48, 0, 0), "p3dn.24xlarge": ("V100-32GB", 8, 96, 768, 31.212, 900, 2),
    "p4d.24xlarge": ("A100", 8, 96, 1152, 21.957642, 1000, 8),
    "p4de.24xlarge": ("A100-80GB", 8, 96, 1152, 27.44705, 1000, 8),
    "p5.4xlarge": ("H100", 1, 16, 256, 6.88, 3800, 1), "p5.48xlarge": ("H100", 8, 192, 2048, 55.04, 3800, 8),
    "p5e.48xlarge": ("H200", 8, 192, 2048, None, 3800, 8), "p5en.48xlarge": ("H200", 8, 192, 2048, 63.296, 3800, 8),
    "p6-b200.48xlarge": ("B200", 8, 192, 2048, 113.9328, 3800, 8),
    "p6-b300.48xlarge": ("B300", 8, 192, 4096, None, 3800, 8),
    "p6e-gb200.36xlarge": ("GB200", 4, 144, 960, None, 7500, 3),
}
G = {
    "g3s.xlarge": ("M60", 1, 4, 30.5, 0.75, 0, 0), "g3.4xlarge": ("M60", 1, 16, 122, 1.14, 0, 0),
    "g3.8xlarge": ("M60", 2, 32, 244, 2.28, 0, 0), "g3.16xlarge": ("M60", 4, 64, 488, 4.56, 0, 0),
    "g4dn.xlarge": ("T4", 1, 4, 16, 0.526, 125, 1), "g4dn.2xlarge": ("T4", 1, 8, 32, 0.752, 225, 1),
    "g4dn.4xlarge": ("T4", 1, 16, 64, 1.204, 225, 1), "g4dn.8xlarge": ("T4", 1, 32, 128, 2.176, 900, 1),
    "g4dn.12xlarge": ("T4", 4, 48, 192, 3.912, 900, 1), "g4dn.16xlarge": ("T4", 1, 64, 256, 4.352, 900, 1),
    "g4dn.metal": ("T4", 8, 96, 384, 7.824, 900, 2),
    "g4ad.xlarge": ("Radeon Pro V520", 1, 4, 16, 0.37853, 150, 1),
    "g4ad.2xlarge": ("Radeon Pro V520", 1, 8, 32, 0.54117, 300, 1),
    "g4ad.4xlarge": ("Radeon Pro V520", 1, 16, 64, 0.867, 600, 1),
    "g4ad.8xlarge": ("Radeon Pro V520", 2, 32, 128, 1.734, 1200, 1),
    "g4ad.16xlarge": ("Radeon Pro V520", 4, 64, 256, 3.468, 1200, 2),
    "g5.xlarge": ("A10G", 1, 4, 16, 1.006, 250, 1), "g5.2xlarge": ("A10G", 1, 8, 32, 1.212, 450, 1),
    "g5.4xlarge": ("A10G", 1, 16, 64, 1.624, 600, 1), "g5.8xlarge": ("A10G", 1, 32, 128, 2.448, 900, 1),
    "g5.12xlarge": ("A10G", 4, 48, 192, 5.672, 3800, 1), "g5.16xlarge": ("A10G", 1, 64, 256, 4.096, 1900, 1),
    "g5.24xlarge": ("A10G", 4, 96, 384, 8.144, 3800, 1), "g5.48xlarge": ("A10G", 8, 192, 768, 16.288, 3800, 2),
    "g5g.xlarge": ("T4g", 1, 4, 8, 0.42, 0, 0), "g5g.2xlarge": ("T4g", 1, 8, 16, 0.556, 0, 0),
    "g5g.4xlarge": ("T4g", 1, 16, 32, 0.828, 0, 0), "g5g.8xlarge": ("T4g", 1, 32, 64, 1.372, 0, 0),
    "g5g.16xlarge": ("T4g", 2, 64, 128, 2.744, 0, 0), "g5g.metal": ("T4g", 2, 64, 128, 2.744, 0, 0),
    "g6.xlarge": ("L4", 1, 4, 16, 0.8048, 250, 1), "g6.2xlarge": ("L4", 1, 8, 32, 0.9776, 450, 1),
    "g6.4xlarge": ("L4", 1, 16, 64, 1.3232, 600, 1), "g6.8xlarge": ("L4", 1, 32, 128, 2.0144, 450, 2),
    "g6.12xlarge": ("L4", 4, 48, 192, 4.6016, 940, 4), "g6.16xlarge": ("L4", 1, 64, 256, 3.3968, 940, 2),
    "g6.24xlarge": ("L4", 4, 96, 384, 6.6752, 940, 4), "g6.48xlarge": ("L4", 8, 192, 768, 13.3504, 940, 8),
    "gr6.4xlarge": ("L4", 1, 16, 128, 1.5392, 600, 1), "gr6.8xlarge": ("L4", 1, 32, 256, 2.4464, 450, 2),
    "g6e.xlarge": ("L40S", 1, 4, 32, 1.861, 250, 1), "g6e.2xlarge": ("L40S", 1, 8, 64, 2.24208, 450, 1),
    "g6e.4xlarge": ("L40S", 1, 16, 128, 3.00424, 600, 1), "g6e.8xlarge": ("L40S", 1, 32, 256, 4.52856, 900, 1),
    "g6e.12xlarge": ("L40S", 4, 48, 384, 10.49264, 1900, 2), "g6e.16xlarge": ("L40S", 1, 64, 512, 7.57719, 1900, 1),
    "g6e.24xlarge": ("L40S", 4, 96, 768, 15.06559, 1900, 2), "g6e.48xlarge": ("L40S", 8, 192, 1536, 30.13118, 1900, 4),
}
OWN_CHIPS = {
    "inf1.xlarge": ("Inferentia", 1, 4, 8, 0.228, 0, 0), "inf1.2xlarge": ("Inferentia", 1, 8, 16, 0.362, 0, 0),
    "inf1.6xlarge": ("Inferentia", 4, 24, 48, 1.18, 0, 0), "inf1.24xlarge": ("Inferentia", 16, 96, 192, 4.721, 0, 0),
    "inf2.xlarge": ("Inferentia2", 1, 4, 16, 0.7582, 0, 0), "inf2.8xlarge": ("Inferentia2", 1, 32, 128, 1.96786, 0, 0),
    "inf2.24xlarge": ("Inferentia2", 6, 96, 384, 6.49063, 0, 0),
    "inf2.48xlarge": ("Inferentia2", 12, 192, 768, 12.98127, 0, 0),
    "trn1.2xlarge": ("Trainium", 1, 8, 32, 1.34375, 475, 1), "trn1.32xlarge": ("Trainium", 16, 128, 512, 21.5, 1900, 4),
    "trn1n.32xlarge": ("Trainium", 16, 128, 512, 24.78, 1900, 4),
    "trn2.48xlarge": ("Trainium2", 16, 192, 2048, None, 1900, 4),
    "dl1.24xlarge": ("Gaudi HL-205", 8, 96, 768, 13.10904, 1000, 4),
}
ARM_ACCELERATED = ("g5g.", "p6e-gb200.")
# Where the families are, and what spot costs of on demand.
ACCELERATED_REGIONS = {
    "p2": (["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2", "ap-northeast-1"], 0.30),
    "p3": (["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "eu-west-2", "ap-northeast-1",
            "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "ca-central-1"], 0.30),
    "p3dn": (["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1"], 0.30),
    "p4d": (["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-northeast-2"], 0.50),
    "p4de": (["us-east-1", "us-west-2"], 0.50),
    "p5": (["us-east-1", "us-east-2", "us-west-2", "eu-north-1", "eu-west-2", "ap-northeast-1", "ap-south-1",
            "ap-southeast-2", "sa-east-1"], 0.45),
    "p5e": (["us-east-2", "us-west-2", "ap-northeast-1"], None),
    "p5en": (["us-east-1", "us-east-2", "us-west-2", "eu-north-1", "ap-northeast-1", "ap-south-1"], 0.45),
    "p6-b200": (["us-east-1", "us-west-2"], 0.50), "p6-b300": (["us-west-2"], None), "p6e-gb200": (["us-east-1"], None),
    "g3s": (MAIN, 0.30), "g3": (MAIN, 0.30), "g4dn": (EVERYWHERE, 0.35), "g4ad": (MAIN, 0.40),
    "g5": ([r for r in EVERYWHERE if r not in ("us-west-1", "eu-west-3")], 0.40),
    "g5g": (["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1", "ap-southeast-1"], 0.40),
    "g6": (["us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-west-2", "eu-north-1", "ap-northeast-1",
            "ap-south-1", "ap-southeast-2", "ca-central-1", "sa-east-1"], 0.40),
    "gr6": (["us-east-1", "us-east-2", "us-west-2", "eu-central-1", "ap-northeast-1"], 0.40),
    "g6e": (["us-east-1", "us-east-2", "us-west-2", "eu-central-1", "eu-north-1", "ap-northeast-1", "ap-northeast-2"], 0.45),
    "inf1": (EVERYWHERE, 0.30),
    "inf2": (["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-central-1", "ap-northeast-1", "ap-southeast-1",
              "ap-southeast-2", "ap-south-1", "sa-east-1"], 0.30),
    "trn1": (["us-east-1", "us-east-2", "us-west-2", "eu-north-1", "ap-northeast-1", "ap-southeast-2"], 0.35),
    "trn1n": (["us-east-1", "us-west-2"], 0.35), "trn2": (["us-east-2"], None), "dl1": (["us-east-1", "us-west-2"], 0.35),
}


def machines():
    """(type, device, count, vCPUs, GiB, $, spot factor, arch, disk GB, disks, regions)"""
    for family, (cpu, ratio, sizes, arch, disk, regions) in FAMILIES.items():
        for size, vcpus in sizes.items():
            disks = 0 if disk == 0 else max(1, vcpus // 32)
            yield (f"{family}.{size}", "", "", vcpus, vcpus * ratio, vcpus * cpu, GENERAL_SPOT, arch,
                   disk * vcpus // max(disks, 1), disks, regions)
    for family, (nano, arch) in BURST.items():
        for i, (size, (vcpus, memory)) in enumerate(BURST_SIZES.items()):
            yield f"{family}.{size}", "", "", vcpus, memory, nano * 2**i, 0.35, arch, 0, 0, EVERYWHERE
    for name, (device, count, vcpus, memory, price, disk, disks) in {**P, **G, **OWN_CHIPS}.items():
        regions, spot = ACCELERATED_REGIONS[name.split(".")[0]]
        arch = ARM64 if name.startswith(ARM_ACCELERATED) else X86
        yield name, device, count, vcpus, memory, price, spot, arch, disk, disks, regions


def rows() -> list:
    out = []
    for name, device, count, vcpus, memory, price, spot, arch, disk, disks, regions in machines():
        info = gpu_info(device, count) if device else ""
        local = ["ssd", number(disk), number(disks), "True"] if disks else ["", "", "", ""]
        for region in regions:
            factor, zones = REGIONS[region]
            cost = "" if price is None else number(price * factor)
            spot_cost = "" if price is None or spot is None else number(price * factor * spot)
            for zone in zones:
                out.append([name, device, number(count), number(vcpus), number(memory), info, cost, spot_cost, region,
                            region + zone, arch, *local])
    return out


def accelerators() -> set:
    return {device for device, *_ in {**P, **G, **OWN_CHIPS}.values()}
