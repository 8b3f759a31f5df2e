// Interfaces of the host, limits and privileges of the process, files.
#ifndef TURNSTONE_TS_PROCESS_H
#define TURNSTONE_TS_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "ts_socket.h"

struct ts_interface {
    char name[16];
    struct ts_address address;
    struct ts_address broadcast;  // family 0: none
    uint32_t index;
    uint32_t flags;  // TS_INTERFACE_*
    uint8_t prefix;
};
#define TS_INTERFACE_UP 1u
#define TS_INTERFACE_LOOPBACK 2u
#define TS_INTERFACE_POINT_TO_POINT 4u

// Writes up to `capacity` addresses; returns how many there are.
int ts_interfaces(struct ts_interface *out, int capacity);
// What drives an interface, such as `veth`.
int ts_interface_driver(const char *name, char *out, size_t capacity);
// A socket that becomes readable when an address comes or goes.
int ts_address_watch_open(void);
// Takes all notices: 1 when there was any, else 0.
int ts_address_watch_drain(int fd);

// Raises the limit of open files towards `wanted`; `granted` is what holds afterwards.
int ts_raise_open_files(uint64_t wanted, uint64_t *granted);
// Makes the process's table of descriptors large enough for `count` at once.
int ts_reserve_descriptors(int count);

// -ENOENT when there is no such name.
int ts_user(const char *name, uint32_t *uid, uint32_t *gid);
int ts_group_id(const char *name, uint32_t *gid);
int ts_user_name(uint32_t uid, char *out, size_t capacity);

#define TS_CAPABILITY_NET_BIND_SERVICE 1u
#define TS_CAPABILITY_NET_RAW 2u
#define TS_CAPABILITY_NET_ADMIN 4u
#define TS_CAPABILITY_DAC_READ_SEARCH 8u
// Becomes another user and group for good, without other groups. Needs root.
int ts_become(uint32_t uid, uint32_t gid, uint32_t keep);
// Gives up every capability that is not in `keep`; `kept` says which of them are left.
int ts_limit_capabilities(uint32_t keep, uint32_t *kept);
// 1 when the process has the capability in effect, else 0.
int ts_has_capability(uint32_t capability);
// Puts a capability that the calling thread is permitted into effect, or out of it; 0 when it is
// not permitted, else 1.
int ts_set_effective(uint32_t capability, int on);
int ts_forbid_new_privileges(void);
int ts_set_dumpable(int on);
uint32_t ts_effective_user(void);
uint32_t ts_effective_group(void);
int32_t ts_process_id(void);
char *ts_copy_text(const char *text);
void ts_free_text(char *text);
// Runs a program of PATH to its end; `words` ends with NULL. Returns its exit code, or 128 and the
// signal that ended it.
int ts_run(char *const words[]);
// Sends SIGHUP.
int ts_hang_up(int process);
// A text that another program writes.
struct ts_text {
    char *bytes;
    size_t capacity;
    size_t length;
    uint8_t isCut;  // there was more than `capacity`
};
// Runs the program at the path words[0] to its end, in the plain language, without input. Kills it
// after `seconds` (-ETIMEDOUT), or when `output` overflows (-EMSGSIZE); `errors` is only cut.
int ts_capture(
    char *const words[], int seconds, struct ts_text *output, struct ts_text *errors, int *code);
_Noreturn void ts_exit(int32_t code);

// 1 when something keeps the system's clock, else 0; and by how much it may be off at most.
int ts_clock_kept(int64_t *errorMaxMicroseconds);

struct ts_file_status {
    uint64_t size;
    uint64_t device;
    uint64_t inode;
    uint32_t mode;  // permission bits
    uint32_t uid;
    uint32_t gid;
    uint8_t isRegular;
    uint8_t isDirectory;
    uint8_t isSocket;
};
int ts_file_status(const char *path, struct ts_file_status *out);
int ts_open_read(const char *path);
// Makes a new file for writing; -EEXIST when there is one. The mode is exact.
int ts_create(const char *path, uint32_t mode);
// Opens a file to add to, and makes it if there is none.
int ts_open_append(const char *path, uint32_t mode);
int ts_sync(int fd);
int ts_sync_directory(const char *path);
int ts_rename(const char *from, const char *to);
int ts_unlink(const char *path);
int ts_make_directory(const char *path, uint32_t mode);
int ts_change_owner(const char *path, uint32_t uid, uint32_t gid);
int ts_read_link(const char *path, char *out, size_t capacity);
// Calls `entry` with each name except "." and ".." until it returns 0.
int ts_list(const char *path, int (*entry)(void *, const char *), void *context);

int ts_is_terminal(int fd);
// Columns of the terminal; 0 when it is none.
int ts_terminal_columns(int fd);
int ts_host_name(char *out, size_t capacity);
// The NIS domain name; empty when unset.
int ts_domain_name(char *out, size_t capacity);
const char *ts_environment(const char *name);

#endif
