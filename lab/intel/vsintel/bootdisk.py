# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the CD-ROM that Bochs boots: isolinux, mboot.c32, the kernel as a multiboot image, an initramfs with the checks.

Called by lab/intel/run, for every run anew. It must not decide what runs inside: that is host/init.
"""

import pathlib
import shutil

from vslab import command

from . import initramfs

SYSLINUX = pathlib.Path("/usr/lib/syslinux/modules/bios")
ISOLINUX_BIN = pathlib.Path("/usr/lib/ISOLINUX/isolinux.bin")
MENU = """\
PROMPT 0
TIMEOUT 1
DEFAULT lab
LABEL lab
  KERNEL mboot.c32
  APPEND /kernel.elf {line} --- /initrd.img
"""


def make_initramfs(modules: list[pathlib.Path], programs: dict[str, pathlib.Path], init: pathlib.Path) -> bytes:
    executables = {"init": init, "bin/busybox": pathlib.Path("/bin/busybox"), **{f"bin/{name}": path for name, path in programs.items()}}
    files = {name: (path.read_bytes(), 0o755) for name, path in executables.items()}
    files |= {f"modules/{path.name}": (path.read_bytes(), 0o644) for path in modules}
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
    command.run(["xorriso", "-as", "mkisofs", "-quiet", "-o", str(disk), "-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat",
                 "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", str(tree)], str(work / "build.log"), "make boot disk")
    shutil.rmtree(tree)
    return disk
