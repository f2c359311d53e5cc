/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A VMM as small as one can be: one vCPU on the raw /dev/kvm interface, with
 * KVM's own interrupt controllers and PIT, its thread apart from the main thread
 * as in QEMU. Started by the checks as: vm RAM-FD. Prints the vCPU's thread id.
 * SIGUSR1 begins and ends dirty logging of the guest's second memory. It must not touch scheduling: that is what is tested.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../guest/shared.h"

#define TSS_ADDRESS 0xfffbd000UL
#define CPUID_MAX 128

extern const unsigned char guest_image[], guest_image_end[];

static struct kvm_run *run;
static int vm_fd, vcpu_fd;
static unsigned char *ram, *dirty_ram;

static void fail(const char *what)
{
    fprintf(stderr, "vm: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int kvm(int fd, unsigned long request, unsigned long argument, const char *what)
{
    int result = ioctl(fd, request, argument);

    if (result < 0)
        fail(what);
    return result;
}

static void flat_segment(struct kvm_segment *segment, int selector, int type)
{
    *segment = (struct kvm_segment) {
        .limit = 0xffffffff, .selector = (unsigned short)selector, .type = (unsigned char)type,
        .present = 1, .db = 1, .s = 1, .g = 1,
    };
}

static void set_registers(void)
{
    struct kvm_sregs sregs;
    struct kvm_regs regs = { .rip = GUEST_CODE, .rflags = 2 };
    struct kvm_segment *const data[] = { &sregs.ds, &sregs.es, &sregs.fs, &sregs.gs, &sregs.ss };

    kvm(vcpu_fd, KVM_GET_SREGS, (unsigned long)&sregs, "read registers");
    flat_segment(&sregs.cs, 8, 11);
    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
        flat_segment(data[i], 16, 3);
    sregs.cr0 |= 1;
    kvm(vcpu_fd, KVM_SET_SREGS, (unsigned long)&sregs, "set protected mode");
    kvm(vcpu_fd, KVM_SET_REGS, (unsigned long)&regs, "set registers");
}

/* Without CPUID data KVM's local APIC has no periodic timer. */
static void set_cpuid(int dev)
{
    static struct {
        struct kvm_cpuid2 head;
        struct kvm_cpuid_entry2 entries[CPUID_MAX];
    } cpuid = { .head.nent = CPUID_MAX };

    kvm(dev, KVM_GET_SUPPORTED_CPUID, (unsigned long)&cpuid, "read CPUID");
    kvm(vcpu_fd, KVM_SET_CPUID2, (unsigned long)&cpuid, "set CPUID");
}

static void set_dirty_memory(unsigned int flags)
{
    struct kvm_userspace_memory_region slot = {
        .slot = 1, .flags = flags, .guest_phys_addr = GUEST_DIRTY_BASE, .memory_size = GUEST_DIRTY_BYTES,
        .userspace_addr = (unsigned long)dirty_ram,
    };

    kvm(vm_fd, KVM_SET_USER_MEMORY_REGION, (unsigned long)&slot, "set memory to be dirtied");
}

static void create(int ram_fd)
{
    struct kvm_pit_config pit = { 0 };
    struct kvm_userspace_memory_region slot = { .memory_size = GUEST_RAM_BYTES };
    int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

    ram = mmap(NULL, GUEST_RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, ram_fd, 0);
    dirty_ram = mmap(NULL, GUEST_DIRTY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ram == MAP_FAILED || dirty_ram == MAP_FAILED)
        fail("map guest memory");
    if (dev < 0)
        fail("open /dev/kvm");
    memcpy(ram + GUEST_CODE, guest_image, (size_t)(guest_image_end - guest_image));
    slot.userspace_addr = (unsigned long)ram;
    vm = vm_fd = kvm(dev, KVM_CREATE_VM, 0, "create VM");
    kvm(vm, KVM_SET_TSS_ADDR, TSS_ADDRESS, "place TSS");
    kvm(vm, KVM_CREATE_IRQCHIP, 0, "create interrupt controllers");
    kvm(vm, KVM_CREATE_PIT2, (unsigned long)&pit, "create PIT");
    kvm(vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)&slot, "set memory");
    set_dirty_memory(0);
    vcpu_fd = kvm(vm, KVM_CREATE_VCPU, 0, "create vCPU");
    run = mmap(NULL, (size_t)kvm(dev, KVM_GET_VCPU_MMAP_SIZE, 0, "read vCPU area size"), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu_fd, 0);
    if (run == MAP_FAILED)
        fail("map vCPU area");
    set_cpuid(dev);
    set_registers();
}

static void *vcpu_thread(void *unused)
{
    (void)unused;
    printf("%d\n", gettid());
    fflush(stdout);
    while (ioctl(vcpu_fd, KVM_RUN, 0) == 0 || errno == EINTR) {
        if (run->exit_reason != KVM_EXIT_INTR) {
            fprintf(stderr, "vm: unexpected exit %u\n", run->exit_reason);
            exit(1);
        }
    }
    fail("run vCPU");
    return NULL;
}

/* As a migration does: takes the log, and so begins another round, again and again. Until the next SIGUSR1. */
static void log_dirty(const sigset_t *signals)
{
    const struct timespec pause = { .tv_nsec = GUEST_LOG_MS * 1000000L };
    unsigned long bitmap[GUEST_DIRTY_BYTES / 4096 / (8 * sizeof(unsigned long))];
    struct kvm_dirty_log log = { .slot = 1, .dirty_bitmap = bitmap };
    volatile unsigned int *logged = (volatile unsigned int *)(ram + GUEST_LOGGED);

    set_dirty_memory(KVM_MEM_LOG_DIRTY_PAGES);
    do {
        kvm(vm_fd, KVM_GET_DIRTY_LOG, (unsigned long)&log, "get the dirty log");
        for (size_t i = 0; i < sizeof(bitmap) / sizeof(bitmap[0]); i++)
            *logged += (unsigned int)__builtin_popcountl(bitmap[i]);
    } while (sigtimedwait(signals, NULL, &pause) < 0);
    set_dirty_memory(0);
}

int main(int argc, char **argv)
{
    sigset_t signals;
    pthread_t thread;
    int number;

    if (argc != 2) {
        fprintf(stderr, "usage: vm RAM-FD\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    create(atoi(argv[1]));
    errno = pthread_create(&thread, NULL, vcpu_thread, NULL);
    if (errno)
        fail("start vCPU thread");
    while (sigwait(&signals, &number) == 0)
        log_dirty(&signals);
    return 1;
}
