#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"

int ts_raise_open_files(uint64_t wanted, uint64_t *granted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    *granted = limit.rlim_cur;
    if (limit.rlim_cur >= wanted) return 0;
    struct rlimit raised = {wanted, limit.rlim_max > wanted ? limit.rlim_max : wanted};
    // Without CAP_SYS_RESOURCE, or above fs.nr_open, only the hard limit can be had.
    if (setrlimit(RLIMIT_NOFILE, &raised) < 0) {
        raised = (struct rlimit){limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) < 0) return -errno;
    }
    *granted = raised.rlim_cur;
    return 0;
}

int ts_reserve_descriptors(int count) {
    int fd = TS_RETRY(open("/", O_PATH | O_CLOEXEC));
    if (fd < 0) return fd;
    int last = TS_RETRY(fcntl(fd, F_DUPFD_CLOEXEC, count - 1));
    ts_close(fd);
    if (last < 0) return last;
    return ts_close(last);
}

// Room for one entry of the user or group database; a group of thousands needs more than usual.
enum { ENTRY_SIZE = 65536 };

int ts_user(const char *name, uint32_t *uid, uint32_t *gid) {
    char *room = malloc(ENTRY_SIZE);
    if (!room) return -ENOMEM;
    struct passwd entry, *found = NULL;
    int error = getpwnam_r(name, &entry, room, ENTRY_SIZE, &found);
    if (!error && !found) error = ENOENT;
    if (!error) {
        *uid = entry.pw_uid;
        *gid = entry.pw_gid;
    }
    free(room);
    return -error;
}

int ts_group_id(const char *name, uint32_t *gid) {
    char *room = malloc(ENTRY_SIZE);
    if (!room) return -ENOMEM;
    struct group entry, *found = NULL;
    int error = getgrnam_r(name, &entry, room, ENTRY_SIZE, &found);
    if (!error && !found) error = ENOENT;
    if (!error) *gid = entry.gr_gid;
    free(room);
    return -error;
}

int ts_user_name(uint32_t uid, char *out, size_t capacity) {
    char *room = malloc(ENTRY_SIZE);
    if (!room) return -ENOMEM;
    struct passwd entry, *found = NULL;
    int error = getpwuid_r(uid, &entry, room, ENTRY_SIZE, &found);
    if (!error && !found) error = ENOENT;
    if (!error) snprintf(out, capacity, "%s", entry.pw_name);
    free(room);
    return -error;
}

static const struct {
    uint32_t bit;
    cap_value_t value;
} capabilities[] = {
    {TS_CAPABILITY_NET_BIND_SERVICE, CAP_NET_BIND_SERVICE},
    {TS_CAPABILITY_NET_RAW, CAP_NET_RAW},
    {TS_CAPABILITY_NET_ADMIN, CAP_NET_ADMIN},
    {TS_CAPABILITY_DAC_READ_SEARCH, CAP_DAC_READ_SEARCH},
};
enum { CAPABILITY_COUNT = sizeof capabilities / sizeof capabilities[0] };

// What no process started from here may ever gain. Needs CAP_SETPCAP: without it nothing happens.
static void limit_bounding_set(uint32_t keep) {
    for (cap_value_t value = 0; value <= CAP_LAST_CAP; value++) {
        int kept = 0;
        for (int i = 0; i < CAPABILITY_COUNT; i++) {
            kept |= capabilities[i].value == value && (keep & capabilities[i].bit);
        }
        if (!kept) cap_drop_bound(value);
    }
}

int ts_become(uint32_t uid, uint32_t gid, uint32_t keep) {
    limit_bounding_set(keep);
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -errno;
    gid_t group = gid;
    if (setgroups(1, &group) < 0) return -errno;
    if (setresgid(gid, gid, gid) < 0) return -errno;
    if (setresuid(uid, uid, uid) < 0) return -errno;
    if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0) return -errno;
    return 0;
}

int ts_limit_capabilities(uint32_t keep, uint32_t *kept) {
    *kept = 0;
    cap_t current = cap_get_proc();
    cap_t wanted = cap_init();
    int error = current && wanted ? 0 : -errno;
    for (int i = 0; !error && i < CAPABILITY_COUNT; i++) {
        cap_flag_value_t permitted = CAP_CLEAR;
        if (!(keep & capabilities[i].bit)) continue;
        cap_get_flag(current, capabilities[i].value, CAP_PERMITTED, &permitted);
        if (permitted != CAP_SET) continue;
        cap_set_flag(wanted, CAP_PERMITTED, 1, &capabilities[i].value, CAP_SET);
        cap_set_flag(wanted, CAP_EFFECTIVE, 1, &capabilities[i].value, CAP_SET);
        *kept |= capabilities[i].bit;
    }
    if (!error && cap_set_proc(wanted) < 0) error = -errno;
    if (!error && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) error = -errno;
    if (current) cap_free(current);
    if (wanted) cap_free(wanted);
    return error;
}

int ts_has_capability(uint32_t capability) {
    cap_t current = cap_get_proc();
    if (!current) return 0;
    cap_flag_value_t effective = CAP_CLEAR;
    for (int i = 0; i < CAPABILITY_COUNT; i++) {
        if (capability != capabilities[i].bit) continue;
        cap_get_flag(current, capabilities[i].value, CAP_EFFECTIVE, &effective);
    }
    cap_free(current);
    return effective == CAP_SET;
}

int ts_set_effective(uint32_t capability, int on) {
    cap_t current = cap_get_proc();
    if (!current) return -errno;
    int result = 0;
    for (int i = 0; i < CAPABILITY_COUNT; i++) {
        cap_flag_value_t permitted = CAP_CLEAR;
        if (capability != capabilities[i].bit) continue;
        cap_get_flag(current, capabilities[i].value, CAP_PERMITTED, &permitted);
        if (permitted != CAP_SET) continue;
        cap_set_flag(current, CAP_EFFECTIVE, 1, &capabilities[i].value, on ? CAP_SET : CAP_CLEAR);
        result = cap_set_proc(current) < 0 ? -errno : 1;
    }
    cap_free(current);
    return result;
}

int ts_forbid_new_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int ts_set_dumpable(int on) { return prctl(PR_SET_DUMPABLE, on, 0, 0, 0) < 0 ? -errno : 0; }
uint32_t ts_effective_user(void) { return geteuid(); }
uint32_t ts_effective_group(void) { return getegid(); }
int32_t ts_process_id(void) { return getpid(); }

char *ts_copy_text(const char *text) { return strdup(text); }
void ts_free_text(char *text) { free(text); }

extern char **environ;

int ts_hang_up(int process) { return kill(process, SIGHUP) < 0 ? -errno : 0; }

int ts_run(char *const words[]) {
    pid_t child;
    int error = posix_spawnp(&child, words[0], NULL, NULL, words, environ);
    if (error) return -error;
    int status;
    if (TS_RETRY(waitpid(child, &status, 0)) < 0) return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void ts_exit(int32_t code) { exit(code); }

int ts_file_status(const char *path, struct ts_file_status *out) {
    struct stat status;
    if (TS_RETRY(stat(path, &status)) < 0) return -errno;
    *out = (struct ts_file_status){
        .size = (uint64_t)status.st_size,
        .device = status.st_dev,
        .inode = status.st_ino,
        .mode = status.st_mode & 07777, .uid = status.st_uid,
        .gid = status.st_gid, .isRegular = S_ISREG(status.st_mode),
        .isDirectory = S_ISDIR(status.st_mode), .isSocket = S_ISSOCK(status.st_mode)};
    return 0;
}

int ts_open_read(const char *path) { return TS_RETRY(open(path, O_RDONLY | O_CLOEXEC)); }

int ts_create(const char *path, uint32_t mode) {
    int fd = TS_RETRY(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (fd < 0) return fd;
    if (fchmod(fd, mode) == 0) return fd;
    int error = -errno;
    ts_close(fd);
    unlink(path);
    return error;
}

int ts_open_append(const char *path, uint32_t mode) {
    int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int fd = TS_RETRY(open(path, flags));
    return fd == -ENOENT ? ts_create(path, mode) : fd;
}

int ts_sync(int fd) { return TS_RETRY(fsync(fd)); }

int ts_sync_directory(const char *path) {
    int fd = TS_RETRY(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0) return fd;
    int error = TS_RETRY(fsync(fd));
    ts_close(fd);
    return error;
}

int ts_rename(const char *from, const char *to) { return TS_RETRY(rename(from, to)); }
int ts_unlink(const char *path) { return TS_RETRY(unlink(path)); }
int ts_make_directory(const char *path, uint32_t mode) { return TS_RETRY(mkdir(path, mode)); }

int ts_change_owner(const char *path, uint32_t uid, uint32_t gid) {
    return TS_RETRY(chown(path, uid, gid));
}

int ts_read_link(const char *path, char *out, size_t capacity) {
    ssize_t length = TS_RETRY(readlink(path, out, capacity - 1));
    if (length < 0) return (int)length;
    out[length] = 0;
    return (int)length;
}

int ts_list(const char *path, int (*entry)(void *, const char *), void *context) {
    DIR *directory = opendir(path);
    if (!directory) return -errno;
    for (;;) {
        const struct dirent *next = readdir(directory);
        if (!next) break;
        if (!strcmp(next->d_name, ".") || !strcmp(next->d_name, "..")) continue;
        if (!entry(context, next->d_name)) break;
    }
    closedir(directory);
    return 0;
}

int ts_is_terminal(int fd) { return isatty(fd); }

int ts_terminal_columns(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) < 0 ? 0 : size.ws_col;
}

const char *ts_environment(const char *name) { return getenv(name); }
