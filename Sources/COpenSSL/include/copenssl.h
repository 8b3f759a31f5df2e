// The hash functions of OpenSSL behind names and types of our own, so that neither its macros nor
// its deprecations reach Swift. Nothing here allocates, locks or keeps a pointer.
#ifndef TURNSTONE_COPENSSL_H
#define TURNSTONE_COPENSSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Digests of `length` bytes at `data`: 16, 20 and 32 bytes at `digest`.
void ts_md5(const void *data, size_t length, uint8_t *digest);
void ts_sha1(const void *data, size_t length, uint8_t *digest);
void ts_sha256(const void *data, size_t length, uint8_t *digest);

// The chaining values behind the two padded key blocks of HMAC (RFC 2104 §4); SHA-1 fills five of
// the eight words.
void ts_hmac_sha1_key(const void *secret, size_t length, uint32_t *inner, uint32_t *outer);
void ts_hmac_sha256_key(const void *secret, size_t length, uint32_t *inner, uint32_t *outer);

// HMAC over `head` followed by `body`, from such chaining values; 20 and 32 bytes at `tag`.
void ts_hmac_sha1(
    const uint32_t *inner, const uint32_t *outer, const void *head, size_t head_length,
    const void *body, size_t body_length, uint8_t *tag);
void ts_hmac_sha256(
    const uint32_t *inner, const uint32_t *outer, const void *head, size_t head_length,
    const void *body, size_t body_length, uint8_t *tag);

// Compares in a time that depends on `length` only.
bool ts_equal(const void *a, const void *b, size_t length);

#endif
