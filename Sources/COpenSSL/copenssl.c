// OpenSSL 3 deprecates its direct digest functions in favour of EVP, which allocates a context per
// message and gives no way to keep the state behind a padded HMAC key as a plain value. Both count
// here: every request and every answer carries an HMAC. The functions are part of libcrypto's
// stable interface all the same.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "copenssl.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <string.h>

// The block size of both hashes, which HMAC pads its key to (RFC 2104 §2).
enum { block_length = 64 };

void ts_md5(const void *data, size_t length, uint8_t *digest) {
    MD5_CTX context;
    MD5_Init(&context);
    MD5_Update(&context, data, length);
    MD5_Final(digest, &context);
}

void ts_sha1(const void *data, size_t length, uint8_t *digest) {
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, data, length);
    SHA1_Final(digest, &context);
}

void ts_sha256(const void *data, size_t length, uint8_t *digest) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, data, length);
    SHA256_Final(digest, &context);
}

// RFC 2104 §2: a key longer than a block is hashed first, a shorter one is filled with zeros.
static void pad_key(
    const void *secret, size_t length, uint8_t block[block_length],
    void (*digest)(const void *, size_t, uint8_t *)) {
    memset(block, 0, block_length);
    if (length > block_length) digest(secret, length, block);
    else if (length > 0) memcpy(block, secret, length);
}

static void mask(uint8_t block[block_length], uint8_t byte) {
    for (int i = 0; i < block_length; i++) block[i] ^= byte;
}

static void sha1_block(const uint8_t block[block_length], uint32_t *state) {
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, block, block_length);
    state[0] = context.h0;
    state[1] = context.h1;
    state[2] = context.h2;
    state[3] = context.h3;
    state[4] = context.h4;
    OPENSSL_cleanse(&context, sizeof context);
}

static void sha256_block(const uint8_t block[block_length], uint32_t *state) {
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, block, block_length);
    memcpy(state, context.h, sizeof context.h);
    OPENSSL_cleanse(&context, sizeof context);
}

void ts_hmac_sha1_key(const void *secret, size_t length, uint32_t *inner, uint32_t *outer) {
    uint8_t block[block_length];
    pad_key(secret, length, block, ts_sha1);
    mask(block, 0x36);
    sha1_block(block, inner);
    mask(block, 0x36 ^ 0x5c);
    sha1_block(block, outer);
    OPENSSL_cleanse(block, sizeof block);
}

void ts_hmac_sha256_key(const void *secret, size_t length, uint32_t *inner, uint32_t *outer) {
    uint8_t block[block_length];
    pad_key(secret, length, block, ts_sha256);
    mask(block, 0x36);
    sha256_block(block, inner);
    mask(block, 0x36 ^ 0x5c);
    sha256_block(block, outer);
    OPENSSL_cleanse(block, sizeof block);
}

// A context that has just taken in one block and stands at `state`.
static void sha1_resume(SHA_CTX *context, const uint32_t *state) {
    SHA1_Init(context);
    context->h0 = state[0];
    context->h1 = state[1];
    context->h2 = state[2];
    context->h3 = state[3];
    context->h4 = state[4];
    context->Nl = block_length * 8;
}

static void sha256_resume(SHA256_CTX *context, const uint32_t *state) {
    SHA256_Init(context);
    memcpy(context->h, state, sizeof context->h);
    context->Nl = block_length * 8;
}

void ts_hmac_sha1(
    const uint32_t *inner, const uint32_t *outer, const void *head, size_t head_length,
    const void *body, size_t body_length, uint8_t *tag) {
    SHA_CTX context;
    uint8_t digest[SHA_DIGEST_LENGTH];
    sha1_resume(&context, inner);
    SHA1_Update(&context, head, head_length);
    SHA1_Update(&context, body, body_length);
    SHA1_Final(digest, &context);
    sha1_resume(&context, outer);
    SHA1_Update(&context, digest, sizeof digest);
    SHA1_Final(tag, &context);
    OPENSSL_cleanse(&context, sizeof context);
}

void ts_hmac_sha256(
    const uint32_t *inner, const uint32_t *outer, const void *head, size_t head_length,
    const void *body, size_t body_length, uint8_t *tag) {
    SHA256_CTX context;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    sha256_resume(&context, inner);
    SHA256_Update(&context, head, head_length);
    SHA256_Update(&context, body, body_length);
    SHA256_Final(digest, &context);
    sha256_resume(&context, outer);
    SHA256_Update(&context, digest, sizeof digest);
    SHA256_Final(tag, &context);
    OPENSSL_cleanse(&context, sizeof context);
}

bool ts_equal(const void *a, const void *b, size_t length) {
    return CRYPTO_memcmp(a, b, length) == 0;
}
