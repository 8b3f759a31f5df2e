// Keeps the channel numbers that turnutils_uclient draws inside the range of RFC 8656 §12.
//
// coturn 4.6's client draws from 0x4000-0x7FFF, the range of RFC 5766, as 0x4000 plus a random
// long modulo 0x4000. RFC 8656 gave the upper three quarters to other protocols (RFC 7983), and
// Turnstone refuses them. Preloaded into the client, this clears the two bits that lead there;
// everything else of the client stays as it is, and 62 bits of each random long stay random.

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

int RAND_bytes(unsigned char *bytes, int count) {
    static int (*draw)(unsigned char *, int);
    if (draw == NULL) {
        void *found = dlsym(RTLD_NEXT, "RAND_bytes");
        memcpy(&draw, &found, sizeof draw);
    }
    int drawn = draw(bytes, count);
    if (drawn == 1 && count == (int)sizeof(long)) {
        long value;
        memcpy(&value, bytes, sizeof value);
        value &= ~0x3000L;
        memcpy(bytes, &value, sizeof value);
    }
    return drawn;
}
