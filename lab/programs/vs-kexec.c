// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * vs-kexec KERNEL INITRD WORD: the guest's kernel makes way for KERNEL (an ELF vmlinux, file or block device) without the host
 * being told: drivers are shut down, memory and devices stay. The new kernel has the same command line and WORD. Runs in the
 * guest as root.
 */
#include <asm/bootparam.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Physical places: in low memory what the kernel is started with, above it the initramfs. */
#define PARAMS 0x20000UL
#define WORDS 0x21000UL
#define START 0x22000UL
#define INITRD 0x10000000UL
#define PAGE 4096UL
#define SEGMENTS 16

static struct kexec_segment segments[SEGMENTS];
static unsigned long nr_segments;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* All of a file or block device, with zeroes behind it. */
static uint8_t *slurp(const char *path, size_t *size_ret)
{
	size_t room = 1 << 20, used = 0;
	uint8_t *data = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = -1;

	while (fd >= 0 && data && (got = read(fd, data + used, room - used)) > 0) {
		used += (size_t)got;
		if (used == room)
			data = realloc(data, room *= 2);
	}
	if (fd < 0 || !data || got < 0)
		die(path);
	close(fd);
	memset(data + used, 0, room - used);
	*size_ret = used;
	return data;
}

static void add(const void *data, size_t size, unsigned long where, size_t room)
{
	if (nr_segments == SEGMENTS)
		die("too many segments");
	segments[nr_segments++] = (struct kexec_segment){
		.buf = data, .bufsz = size, .mem = (void *)where, .memsz = (room + PAGE - 1) & ~(PAGE - 1),
	};
}

static uint64_t add_kernel(const uint8_t *elf)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)elf;
	const Elf64_Phdr *part = (const Elf64_Phdr *)(elf + head->e_phoff);

	if (memcmp(head->e_ident, ELFMAG, SELFMAG) || head->e_machine != EM_X86_64) {
		fprintf(stderr, "vs-kexec: not a kernel\n");
		exit(1);
	}
	for (unsigned int i = 0; i < head->e_phnum; i++)
		if (part[i].p_type == PT_LOAD)
			add(elf + part[i].p_offset, part[i].p_filesz, part[i].p_paddr, part[i].p_memsz);
	return head->e_entry;
}

/* The 64-bit boot protocol: RSI is the parameters' address. */
static size_t starter(uint8_t *code, uint64_t entry)
{
	const uint32_t params = PARAMS, where = (uint32_t)entry;

	code[0] = 0xbe; /* mov $params, %esi */
	memcpy(code + 1, &params, 4);
	code[5] = 0xb8; /* mov $where, %eax */
	memcpy(code + 6, &where, 4);
	code[10] = 0xff; /* jmp *%rax */
	code[11] = 0xe0;
	return 12;
}

int main(int argc, char **argv)
{
	static char words[2048];
	static uint8_t code[16];
	struct boot_params *params;
	uint8_t *kernel, *initrd;
	size_t size, initrd_size, code_size;
	uint64_t entry;

	if (argc != 4) {
		fprintf(stderr, "usage: vs-kexec KERNEL INITRD WORD\n");
		return 2;
	}
	/* What this kernel was started with: the map of memory is in it. */
	params = (struct boot_params *)slurp("/sys/kernel/boot_params/data", &size);
	snprintf(words, sizeof(words), "%s", (char *)slurp("/proc/cmdline", &size));
	words[strcspn(words, "\n")] = '\0';
	strncat(words, " ", sizeof(words) - strlen(words) - 1);
	strncat(words, argv[3], sizeof(words) - strlen(words) - 1);
	kernel = slurp(argv[1], &size);
	initrd = slurp(argv[2], &initrd_size);

	params->hdr.type_of_loader = 0xff;
	params->hdr.cmd_line_ptr = WORDS;
	params->hdr.ramdisk_image = INITRD;
	params->hdr.ramdisk_size = (uint32_t)initrd_size;
	params->hdr.setup_data = 0;
	params->ext_cmd_line_ptr = params->ext_ramdisk_image = params->ext_ramdisk_size = 0;
	params->sentinel = 0;
	entry = add_kernel(kernel);
	code_size = starter(code, entry);
	add(params, PAGE, PARAMS, PAGE);
	add(words, sizeof(words), WORDS, PAGE);
	add(code, code_size, START, PAGE);
	add(initrd, initrd_size, INITRD, initrd_size);
	if (syscall(SYS_kexec_load, START, nr_segments, segments, KEXEC_ARCH_DEFAULT) < 0)
		die("kexec_load");
	printf("vs-kexec: going\n");
	fflush(stdout);
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	die("reboot");
	return 1;
}
