# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the CD-ROM that Bochs boots: isolinux, mboot.c32, the kernel as a multiboot image, an initramfs with the checks.

Called by lab/intel/run. The kernel image is cached by the content of what it is made from; the rest is made anew in each run.
"""

import hashlib
import pathlib
import shutil
import subprocess

from . import initramfs, kernelimage

SYSLINUX = pathlib.Path("/usr/lib/syslinux/modules/bios")
ISOLINUX_BIN = pathlib.Path("/usr/lib/ISOLINUX/isolinux.bin")
MODULES = ("virt/lib/irqbypass.ko", "arch/x86/kvm/kvm.ko", "arch/x86/kvm/kvm-intel.ko")
MENU = """\
PROMPT 0
TIMEOUT 1
DEFAULT lab
LABEL lab
  KERNEL mboot.c32
  APPEND /kernel.elf {line} --- /initrd.img
"""


def cached_kernel(bzimage: pathlib.Path, cache: pathlib.Path, say) -> pathlib.Path:
    compressed = bzimage.read_bytes()
    key = hashlib.sha256(compressed)
    for source in (kernelimage.__file__, *sorted(kernelimage.BOOT_SOURCES.iterdir())):
        key.update(pathlib.Path(source).read_bytes())
    image = cache / f"kernel-{key.hexdigest()[:16]}.elf"
    if not image.exists():
        say("making the multiboot kernel image")
        fresh = image.with_suffix(".new")
        fresh.write_bytes(kernelimage.multiboot_image(compressed, cache))
        fresh.replace(image)
    return image


def make_initramfs(kernel_modules: pathlib.Path, programs: dict[str, pathlib.Path], init: pathlib.Path, extra_modules: list[pathlib.Path]) -> bytes:
    executables = {"init": init, "bin/busybox": pathlib.Path("/bin/busybox"), **{f"bin/{name}": path for name, path in programs.items()}}
    files = {name: (path.read_bytes(), 0o755) for name, path in executables.items()}
    for path in [kernel_modules / name for name in MODULES] + extra_modules:
        files[f"modules/{path.name}"] = (path.read_bytes(), 0o644)
    return initramfs.archive(files, ["bin", "dev", "modules", "proc", "sys"], {})


def make_disk(work: pathlib.Path, kernel: pathlib.Path, initrd: bytes, line: str) -> pathlib.Path:
    tree, disk = work / "disk", work / "boot.iso"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "isolinux").mkdir(parents=True)
    for path in (ISOLINUX_BIN, SYSLINUX / "ldlinux.c32", SYSLINUX / "libcom32.c32", SYSLINUX / "mboot.c32"):
        shutil.copy(path, tree / "isolinux" / path.name)
    (tree / "isolinux" / "isolinux.cfg").write_text(MENU.format(line=line))
    (tree / "initrd.img").write_bytes(initrd)
    shutil.copy(kernel, tree / "kernel.elf")
    disk.unlink(missing_ok=True)
    subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-o", str(disk), "-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat",
                    "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", str(tree)],
                   check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return disk
