"""Guest: a Debian kernel under software emulation on the host's own files, with bluetoothd and `/dev/vhci`."""

from __future__ import annotations

import gzip
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "bluez"
FILES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
BLUETOOTH = ("hci_vhci", "ecdh_generic", "cmac", "ccm", "uhid", "virtio_rng")
BLUETOOTHD = Path("/usr/libexec/bluetooth/bluetoothd")
PROGRAMS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "dbus-daemon": "dbus",
    "depmod": "kmod",
    "cpio": "cpio",
    "apt-get": "apt",
}
"""What is needed, and the Debian package that it is in."""
ENDED = "guest ended with status "


def missing() -> list[str]:
    """Return the Debian packages that are needed and not installed."""
    packages = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    return packages if BLUETOOTHD.exists() else [*packages, "bluez"]


@dataclass(frozen=True, slots=True)
class Kernel:
    """An unpacked kernel package."""

    folder: Path

    @classmethod
    def fetched(cls) -> Kernel:
        """Return the kernel that Debian has now, downloaded once and never installed."""
        kernel = cls(BUILD / "kernel")
        if not kernel.folder.exists():
            BUILD.mkdir(parents=True, exist_ok=True)
            package = next(
                line.split()[1]
                for line in _said("apt-cache", "depends", "linux-image-amd64").splitlines()
                if "Depends: linux-image" in line
            )
            _said("apt-get", "download", package)
            (archive,) = BUILD.glob(f"{package}_*.deb")
            _said("dpkg-deb", "-x", str(archive), "kernel")
            archive.unlink()
            _said("depmod", "-b", "kernel", kernel.version)
        return kernel

    @property
    def version(self) -> str:
        """Its version, as its modules' folder is called."""
        (folder,) = (self.folder / "lib" / "modules").iterdir()
        return folder.name

    @property
    def image(self) -> Path:
        """What is booted."""
        return self.folder / "boot" / f"vmlinuz-{self.version}"

    def modules(self) -> list[Path]:
        """Return the modules that the guest needs, each after those that it depends on."""
        shown = [
            _said("modprobe", "-d", "kernel", "-S", self.version, "--show-depends", module).splitlines()
            for module in (*FILES, *BLUETOOTH)
        ]
        paths = [line.split()[1] for lines in shown for line in lines if line.startswith("insmod")]
        return [BUILD / path for path in dict.fromkeys(paths)]


def build_initrd(kernel: Kernel) -> Path:
    """Write the guest's first file system: busybox, the modules and `init`."""
    folder, initrd = BUILD / "initrd", BUILD / "initrd.img"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("bin", "modules"):
        (folder / name).mkdir(parents=True)
    shutil.copy(str(shutil.which("busybox")), folder / "bin" / "busybox")
    modules = kernel.modules()
    for module in modules:
        shutil.copy(module, folder / "modules")
    (folder / "modules" / "order").write_text("\n".join(module.name for module in modules), encoding="utf-8")
    shutil.copy(Path(__file__).with_name("init"), folder / "init")
    (folder / "init").chmod(0o755)
    archive = subprocess.run(
        ["cpio", "-o", "-H", "newc", "--quiet"],
        cwd=folder,
        input="\n".join(str(path.relative_to(folder)) for path in sorted(folder.rglob("*"))).encode(),
        capture_output=True,
        check=True,
    )
    initrd.write_bytes(gzip.compress(archive.stdout, 1))
    return initrd


def run(command: list[str], within_s: float) -> int:
    """Run a command in the guest, and print what it says; return its exit status, 1 where the guest did not end."""
    kernel = Kernel.fetched()
    initrd = build_initrd(kernel)
    script = BUILD / "guest.sh"
    script.write_text(
        "export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root PYTHONDONTWRITEBYTECODE=1\n"
        "mkdir -p /run/dbus /run/lock\n"
        "dbus-daemon --system --fork\n"
        f"{BLUETOOTHD} -n > /run/bluetoothd.log 2>&1 &\n"
        f"cd {shlex.quote(str(ROOT))}\n"
        f"{shlex.join(command)}\n"
        f'status=$?; echo; echo "{ENDED}$status"\n',
        encoding="utf-8",
    )
    shared = "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"
    boot = f"console=ttyS0 quiet panic=1 mitigations=off guest_command={script}"
    machine = (
        *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-M", "q35", "-m", "1500"),
        *("-nographic", "-no-reboot", "-nic", "none", "-virtfs", shared),
        *("-kernel", str(kernel.image), "-initrd", str(initrd), "-append", boot),
    )
    status = 1
    with subprocess.Popen(
        machine,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as guest:
        assert guest.stdout is not None
        with _ended_after(guest, within_s):
            for line in guest.stdout:
                if line.startswith(ENDED):
                    status = int(line.removeprefix(ENDED))
                else:
                    print(line, end="", flush=True)
    return status


@contextmanager
def _ended_after(process: subprocess.Popen[str], seconds: float) -> Iterator[None]:
    """End the process if it is still there after so long."""
    timer = Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _said(*command: str) -> str:
    return subprocess.run(command, cwd=BUILD, capture_output=True, text=True, check=True).stdout
