// System calls for LinuxIO, in shapes that Swift can use: no macros, no variadic calls, no
// errno (every call returns a value >= 0 or the negative error number; EINTR is retried unless
// said otherwise), and our own struct names so that nothing clashes with the Glibc module.
#ifndef TURNSTONE_CLINUX_H
#define TURNSTONE_CLINUX_H

#include "packet.h"
#include "ts_batch.h"
#include "ts_event.h"
#include "ts_process.h"
#include "ts_socket.h"
#include "ts_stream.h"
#include "ts_tcp.h"
#include "ts_watch.h"

#endif
