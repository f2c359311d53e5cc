/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A VMM as small as one can be: one vCPU on the raw /dev/kvm interface, with
 * KVM's own interrupt controllers and PIT, its thread apart from the main thread
 * as in QEMU. Started by the checks as: vm RAM-FD. Prints the vCPU's thread id.
 * It must not touch scheduling: that is what is being tested.
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
#include <unistd.h>

#include "../guest/shared.h"

#define TSS_ADDRESS 0xfffbd000UL
#define CPUID_MAX 128

extern const unsigned char guest_image[], guest_image_end[];

static struct kvm_run *run;
static int vcpu_fd;

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

static void create(int ram_fd)
{
    struct kvm_pit_config pit = { 0 };
    struct kvm_userspace_memory_region slot = { .memory_size = GUEST_RAM_BYTES };
    unsigned char *ram = mmap(NULL, GUEST_RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, ram_fd, 0);
    int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC), vm;

    if (ram == MAP_FAILED)
        fail("map guest memory");
    if (dev < 0)
        fail("open /dev/kvm");
    memcpy(ram + GUEST_CODE, guest_image, (size_t)(guest_image_end - guest_image));
    slot.userspace_addr = (unsigned long)ram;
    vm = kvm(dev, KVM_CREATE_VM, 0, "create VM");
    kvm(vm, KVM_SET_TSS_ADDR, TSS_ADDRESS, "place TSS");
    kvm(vm, KVM_CREATE_IRQCHIP, 0, "create interrupt controllers");
    kvm(vm, KVM_CREATE_PIT2, (unsigned long)&pit, "create PIT");
    kvm(vm, KVM_SET_USER_MEMORY_REGION, (unsigned long)&slot, "set memory");
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

int main(int argc, char **argv)
{
    pthread_t thread;

    if (argc != 2) {
        fprintf(stderr, "usage: vm RAM-FD\n");
        return 2;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    create(atoi(argv[1]));
    errno = pthread_create(&thread, NULL, vcpu_thread, NULL);
    if (errno)
        fail("start vCPU thread");
    pthread_join(thread, NULL);
    return 1;
}
