"""What the tables of all infrastructures share: facts of devices, and the shape of the CSV files."""
import csv
import pathlib

# Memory of one device in GiB and its maker, from the makers' data sheets (2025-12).
DEVICES = {
    "A10": (24, "NVIDIA"), "A10G": (24, "NVIDIA"), "A16": (16, "NVIDIA"), "A30": (24, "NVIDIA"), "A40": (48, "NVIDIA"),
    "A100": (40, "NVIDIA"), "A100-80GB": (80, "NVIDIA"), "A100-80GB-SXM": (80, "NVIDIA"),
    "B200": (180, "NVIDIA"), "B300": (288, "NVIDIA"), "GB200": (186, "NVIDIA"), "GH200": (96, "NVIDIA"),
    "H20": (96, "NVIDIA"), "H100": (80, "NVIDIA"), "H100-MEGA": (80, "NVIDIA"), "H100-SXM": (80, "NVIDIA"),
    "H100NVL": (94, "NVIDIA"), "H200": (141, "NVIDIA"), "H200-SXM": (141, "NVIDIA"),
    "K80": (12, "NVIDIA"), "L4": (24, "NVIDIA"), "L40": (48, "NVIDIA"), "L40S": (48, "NVIDIA"), "M60": (8, "NVIDIA"),
    "P4": (8, "NVIDIA"), "P100": (16, "NVIDIA"), "T4": (16, "NVIDIA"), "T4g": (16, "NVIDIA"),
    "V100": (16, "NVIDIA"), "V100-32GB": (32, "NVIDIA"),
    "RTX3060": (12, "NVIDIA"), "RTX3070": (8, "NVIDIA"), "RTX3080": (10, "NVIDIA"), "RTX3090": (24, "NVIDIA"),
    "RTX4080": (16, "NVIDIA"), "RTX4090": (24, "NVIDIA"), "RTX5080": (16, "NVIDIA"), "RTX5090": (32, "NVIDIA"),
    "RTX4000-Ada": (20, "NVIDIA"), "RTX6000": (24, "NVIDIA"), "RTX6000-Ada": (48, "NVIDIA"),
    "RTXA4000": (16, "NVIDIA"), "RTXA4500": (20, "NVIDIA"), "RTXA5000": (24, "NVIDIA"), "RTXA6000": (48, "NVIDIA"),
    "RTXPRO6000": (96, "NVIDIA"),
    "MI210": (64, "AMD"), "MI250": (128, "AMD"), "MI300X": (192, "AMD"), "Radeon Pro V520": (8, "AMD"),
    "Gaudi HL-205": (32, "Intel"),
    "Inferentia": (8, "AWS"), "Inferentia2": (32, "AWS"), "Trainium": (32, "AWS"), "Trainium2": (96, "AWS"),
}

# Infrastructures that offer a device beside those whose tables are here, for the spelling of its name.
OFFERED_ELSEWHERE = {
    "A10": ["Azure", "Lambda", "OCI"], "A100": ["Lambda", "OCI"],
    "A100-80GB": ["Azure", "Cudo", "Fluidstack", "Lambda", "OCI", "Paperspace", "RunPod", "Vast"],
    "A100-80GB-SXM": ["Fluidstack", "Lambda", "RunPod"], "A16": ["Cudo"], "A30": ["Cudo"],
    "A40": ["Cudo", "RunPod", "Vast"], "B200": ["Lambda", "Nebius", "RunPod"], "B300": ["Nebius", "RunPod"],
    "GH200": ["Lambda"], "H100": ["Azure", "Fluidstack", "Lambda", "Nebius", "OCI", "Paperspace", "Vast", "DO"],
    "H100-SXM": ["RunPod", "Vast"], "H100NVL": ["RunPod"], "H200": ["Nebius", "Vast", "DO"], "H200-SXM": ["RunPod"],
    "L4": ["RunPod"], "L40": ["RunPod", "Vast"], "L40S": ["Fluidstack", "Nebius", "RunPod", "Seeweb", "DO"],
    "MI300X": ["Azure", "DO", "OCI", "RunPod"],
    "RTX3060": ["Vast"], "RTX3070": ["RunPod", "Vast"], "RTX3080": ["RunPod", "Vast"], "RTX3090": ["RunPod", "Vast"],
    "RTX4080": ["RunPod", "Vast"], "RTX4090": ["RunPod", "Vast"], "RTX5080": ["RunPod", "Vast"],
    "RTX5090": ["RunPod", "Vast"], "RTX4000-Ada": ["DO", "RunPod"], "RTX6000": ["Lambda"],
    "RTX6000-Ada": ["DO", "RunPod"], "RTXA4000": ["Paperspace", "RunPod"], "RTXA4500": ["RunPod"],
    "RTXA5000": ["Cudo", "Paperspace", "RunPod"], "RTXA6000": ["Cudo", "Lambda", "Paperspace", "RunPod"],
    "RTXPRO6000": ["Nebius", "RunPod"], "T4": ["Azure"], "V100": ["Azure", "Lambda", "OCI", "Paperspace"],
    "P4": [], "P100": [], "K80": [], "H20": [], "MI210": [], "MI250": [],
}


def gpu_info(name: str, count: float) -> str:
    """The text that the original keeps in GpuInfo: a Python dict with the memory of one device."""
    if name not in DEVICES:
        return name
    memory, maker = DEVICES[name]
    mib = memory * 1024
    return (
        f"{{'Gpus': [{{'Name': '{name}', 'Manufacturer': '{maker}', 'Count': {float(count)}, "
        f"'MemoryInfo': {{'SizeInMiB': {mib}}}}}], 'TotalGpuMemoryInMiB': {int(mib * max(count, 1))}}}"
    )


def number(value) -> str:
    """Shortest text; six digits behind the point are more than any price list has."""
    if value is None or value == "":
        return ""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return text


def write_csv(path: pathlib.Path, header: list, rows: list) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
