/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Starts and ends the two kinds of load: the small VM and the CPU hog.
 * Called by the checks. It must leave no process behind a check.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../guest/shared.h"
#include "lab.h"

#define START_MS 5000
#define FIRST_TICKS 3
#define PIT_HZ 1193182ULL

static void put_word(const struct vm *vm, unsigned int address, uint32_t value)
{
    *(volatile uint32_t *)(vm->ram + address) = value;
}

uint32_t vm_word(const struct vm *vm, unsigned int address)
{
    return *(volatile const uint32_t *)(vm->ram + address);
}

void vm_set_mode(struct vm *vm, unsigned int mode)
{
    put_word(vm, GUEST_MODE, mode);
}

void vm_toggle_log(const struct vm *vm)
{
    kill(vm->pid, SIGUSR1);
}

void vm_set_task(struct vm *vm, uint32_t cr3)
{
    put_word(vm, GUEST_TASK, cr3);
}

static void exec_vm(int ram_fd, int output)
{
    char number[16];

    snprintf(number, sizeof(number), "%d", ram_fd);
    dup2(output, STDOUT_FILENO);
    execl("/bin/vm", "vm", number, NULL);
    _exit(127);
}

static pid_t read_tid(int fd)
{
    char text[16] = "";
    ssize_t length = read(fd, text, sizeof(text) - 1);

    return length > 0 ? atoi(text) : 0;
}

static int await_ticks(struct vm *vm)
{
    for (int ms = 0; ms < START_MS; ms += 10) {
        if (vm_word(vm, GUEST_TICKS) >= FIRST_TICKS)
            return 0;
        sleep_ms(10);
    }
    return -ETIMEDOUT;
}

int vm_start(struct vm *vm, unsigned int timer, unsigned int period_us)
{
    int ram_fd = memfd_create("guest", 0), output[2], result = -ENXIO;

    if (ram_fd < 0 || ftruncate(ram_fd, GUEST_RAM_BYTES) < 0 || pipe2(output, O_CLOEXEC) < 0)
        return -errno;
    *vm = (struct vm) { .ram = mmap(NULL, GUEST_RAM_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, ram_fd, 0), .pidfd = -1 };
    if (vm->ram == MAP_FAILED)
        return -errno;
    put_word(vm, GUEST_TIMER, timer);
    put_word(vm, GUEST_PERIOD, timer == GUEST_TIMER_PIT ? (uint32_t)(period_us * PIT_HZ / 1000000) : period_us * 1000);
    vm->pid = fork();
    if (vm->pid == 0)
        exec_vm(ram_fd, output[1]);
    close(output[1]);
    close(ram_fd);
    vm->pidfd = (int)syscall(SYS_pidfd_open, vm->pid, 0);
    vm->tid = read_tid(output[0]);
    close(output[0]);
    if (vm->tid > 0)
        result = await_ticks(vm);
    if (result < 0)
        vm_stop(vm);
    return result;
}

void vm_stop(struct vm *vm)
{
    if (vm->pid > 0) {
        kill(vm->pid, SIGKILL);
        waitpid(vm->pid, NULL, 0);
    }
    if (vm->pidfd >= 0)
        close(vm->pidfd);
    munmap((void *)vm->ram, GUEST_RAM_BYTES);
    *vm = (struct vm) { .pidfd = -1 };
}

pid_t hog_start(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile unsigned long n = 0;; n++)
            ;
    }
    return pid;
}

void hog_stop(pid_t hog)
{
    if (hog > 0) {
        kill(hog, SIGKILL);
        waitpid(hog, NULL, 0);
    }
}
