// Tells tests that ThreadSanitizer watches, for those that have one thread and take minutes then.
#ifndef TURNSTONE_THREAD_SANITIZER_H
#define TURNSTONE_THREAD_SANITIZER_H

#include <stdbool.h>

bool under_thread_sanitizer(void);

#endif
