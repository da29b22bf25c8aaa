/* Loaded before libc: writes down what a process does to the files under SHIM_ROOT, and makes a disk misbehave.

   SHIM_TRACE  a file to which each change goes, in order: see struct record.
   SHIM_FAULTS a file that is mapped and looked at on every call: see struct faults. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 4096

struct record { uint32_t operation, path_bytes; uint64_t place, data_bytes; };
struct faults { int32_t full, fail_every, stall_every, stall_ms, syncs, failed, stalled, refused; };

static char *names[MOST_FILES];
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static const char *root;
static size_t root_bytes;
static int trace = -1;
static struct faults *faults;

__attribute__((constructor)) static void start(void) {
    root = getenv("SHIM_ROOT");
    root_bytes = root ? strlen(root) : 0;
    const char *path = getenv("SHIM_TRACE");
    if (path) trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    path = getenv("SHIM_FAULTS");
    if (path) {
        int file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        void *mapped = mmap(0, sizeof *faults, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        faults = mapped == MAP_FAILED ? 0 : mapped;
        syscall(SYS_close, file);
    }
}

static int ours(const char *path) { return root && path && strncmp(path, root, root_bytes) == 0; }
static const char *name_of(int file) { return file >= 0 && file < MOST_FILES ? names[file] : 0; }

static void put(char operation, const char *path, uint64_t place, const void *data, uint64_t bytes) {
    if (trace < 0) return;
    struct record record = {operation, strlen(path), place, bytes};
    struct iovec parts[3] = {{&record, sizeof record}, {(void *)path, record.path_bytes}, {(void *)data, bytes}};
    syscall(SYS_writev, trace, parts, 3);
}

static int opened(const char *path, int flags, mode_t mode) {
    pthread_mutex_lock(&gate);
    int fresh = ours(path) && (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
    int file = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    int error = errno;
    if (file >= 0 && file < MOST_FILES) {
        free(names[file]);
        names[file] = ours(path) ? strdup(path) : 0;
        if (names[file] && fresh) put('C', path, 0, 0, 0);
        if (names[file] && !fresh && (flags & O_TRUNC)) put('T', path, 0, 0, 0);
    }
    pthread_mutex_unlock(&gate);
    errno = error;
    return file;
}

#define MODE mode_t mode = 0; if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }
int open(const char *path, int flags, ...) { MODE return opened(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE return opened(path, flags | O_LARGEFILE, mode); }

static ssize_t written(int file, const void *data, size_t bytes, off64_t place) {
    pthread_mutex_lock(&gate);
    const char *path = name_of(file);
    ssize_t done = -1;
    int error = ENOSPC;
    if (path && faults && faults->full && !strstr(path, "progress")) {
        faults->refused++;
    } else {
        done = syscall(SYS_pwrite64, file, data, bytes, place);
        error = errno;
        if (done > 0 && path) put('W', path, place, data, done);
    }
    pthread_mutex_unlock(&gate);
    errno = error;
    return done;
}
ssize_t pwrite(int file, const void *data, size_t bytes, off_t place) { return written(file, data, bytes, place); }
ssize_t pwrite64(int file, const void *data, size_t bytes, off64_t place) { return written(file, data, bytes, place); }

static int cut(int file, off64_t bytes) {
    pthread_mutex_lock(&gate);
    int done = syscall(SYS_ftruncate, file, bytes), error = errno;
    if (done == 0 && name_of(file)) put('T', name_of(file), bytes, 0, 0);
    pthread_mutex_unlock(&gate);
    errno = error;
    return done;
}
int ftruncate(int file, off_t bytes) { return cut(file, bytes); }
int ftruncate64(int file, off64_t bytes) { return cut(file, bytes); }

static int synced(int file, long call) {
    const char *path = name_of(file);
    if (path && faults) {
        int count = __sync_add_and_fetch(&faults->syncs, 1);
        if (count > 0 && faults->stall_every && count % faults->stall_every == 0) {
            struct timespec pause = {faults->stall_ms / 1000, faults->stall_ms % 1000 * 1000000L};
            __sync_add_and_fetch(&faults->stalled, 1);
            nanosleep(&pause, 0);
        }
        if (count > 0 && faults->fail_every && count % faults->fail_every == 0) {
            __sync_add_and_fetch(&faults->failed, 1);
            pthread_mutex_lock(&gate);
            put('F', path, 0, 0, 0);
            pthread_mutex_unlock(&gate);
            errno = EIO;
            return -1;
        }
    }
    /* What is said to be on the disk is on it only if it was written before: so the gate is held during the call. */
    pthread_mutex_lock(&gate);
    int done = syscall(call, file), error = errno;
    if (done == 0 && path) put('S', path, 0, 0, 0);
    pthread_mutex_unlock(&gate);
    errno = error;
    return done;
}
int fsync(int file) { return synced(file, SYS_fsync); }
int fdatasync(int file) { return synced(file, SYS_fdatasync); }

int unlink(const char *path) {
    pthread_mutex_lock(&gate);
    int done = syscall(SYS_unlinkat, AT_FDCWD, path, 0), error = errno;
    if (done == 0 && ours(path)) put('U', path, 0, 0, 0);
    pthread_mutex_unlock(&gate);
    errno = error;
    return done;
}

int close(int file) {
    if (file >= 0 && file < MOST_FILES && names[file]) {
        pthread_mutex_lock(&gate);
        free(names[file]);
        names[file] = 0;
        pthread_mutex_unlock(&gate);
    }
    return syscall(SYS_close, file);
}
