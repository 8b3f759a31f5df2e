// Public keys from PEM, and what was signed with their other half.
#ifndef TURNSTONE_SIGNATURE_H
#define TURNSTONE_SIGNATURE_H

#include "ts_certificate.h"

enum ts_public_key_kind {
    TS_PUBLIC_KEY_OTHER = 0,
    TS_PUBLIC_KEY_ED25519 = 1,
    TS_PUBLIC_KEY_P256 = 2,
    // Without the bounds of RSA-PSS.
    TS_PUBLIC_KEY_RSA = 3,
};
// NULL when the text holds no public key that can be read, or one that is not sound (a point off
// its curve). Owned by the caller; given back with `ts_key_free`.
ts_key *ts_public_key_read(const uint8_t *pem, size_t length);
int ts_public_key_kind(const ts_key *key);
// What OpenSSL calls the kind of a key, its curve if it has one.
const char *ts_public_key_name(const ts_key *key, char *space, size_t size);

// Ed25519 (64 bytes), ECDSA on P-256 with SHA-256 (the two numbers, 64 bytes, RFC 7518 §3.4), or
// RSASSA-PKCS1-v1_5 with SHA-256, as the key's kind says. False for every other key and length.
bool ts_signature_is_valid(
    const ts_key *key, const uint8_t *signature, size_t signature_length, const uint8_t *text,
    size_t text_length);

#endif
