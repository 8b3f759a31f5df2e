#include "heap_count.h"

#include <errno.h>
#include <malloc.h>
#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED

int64_t heap_calls(void) { return -1; }
int64_t heap_bytes(void) { return 0; }

#else

// The definitions below take the place of the C library's in the test program and hand on to it.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *old);

static __thread int64_t calls;
static __thread int64_t bytes;

int64_t heap_calls(void) { return calls; }
int64_t heap_bytes(void) { return bytes; }

static void *taken(void *block) {
    calls++;
    bytes += (int64_t)malloc_usable_size(block);
    return block;
}

void *malloc(size_t size) { return taken(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }

void *realloc(void *old, size_t size) {
    int64_t before = (int64_t)malloc_usable_size(old);
    void *block = __libc_realloc(old, size);
    // A failure leaves the old block; size 0 frees it.
    if (block || size == 0) bytes -= before;
    return taken(block);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return taken(__libc_memalign(alignment, size));
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    *out = taken(__libc_memalign(alignment, size));
    return *out ? 0 : ENOMEM;
}

void free(void *old) {
    bytes -= (int64_t)malloc_usable_size(old);
    __libc_free(old);
}

#endif
