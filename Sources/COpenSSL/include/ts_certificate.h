// Certificates and private keys from PEM, what they say, and a maker of self-signed ones.
#ifndef TURNSTONE_CERTIFICATE_H
#define TURNSTONE_CERTIFICATE_H

#include "ts_tls.h"

typedef struct stack_st_X509 ts_chain;
typedef struct evp_pkey_st ts_key;

// Every certificate in a PEM text, the server's own first. NULL when one cannot be read; an empty
// chain when there is none. Owned by the caller.
ts_chain *ts_chain_read(const uint8_t *pem, size_t length);
void ts_chain_free(ts_chain *chain);
int ts_chain_count(const ts_chain *chain);

enum ts_key_result {
    TS_KEY_GOOD = 0,
    // No private key in the text.
    TS_KEY_NONE = 1,
    // It is encrypted, and there is no password or the wrong one.
    TS_KEY_LOCKED = 2,
    TS_KEY_BROKEN = 3,
};
// `password` may be NULL.
int ts_key_read(
    const uint8_t *pem, size_t length, const uint8_t *password, size_t password_length,
    ts_key **key);
void ts_key_free(ts_key *key);

enum ts_key_kind {
    TS_KEY_OTHER = 0,
    TS_KEY_RSA = 1,
    TS_KEY_ECDSA = 2,
    TS_KEY_ED25519 = 3,
    TS_KEY_ED448 = 4,
};
int ts_key_kind(const ts_key *key);
int ts_key_bits(const ts_key *key);
// SHA-256 of the public half (SubjectPublicKeyInfo), 32 bytes.
bool ts_key_fingerprint(const ts_key *key, uint8_t *digest);
// The public key of the first certificate; borrowed from the chain, or NULL.
const ts_key *ts_chain_key(const ts_chain *chain);

// The moments between which the first certificate is valid, in seconds since 1970.
bool ts_chain_validity(const ts_chain *chain, int64_t *not_before, int64_t *not_after);
// SHA-256 of the first certificate, 32 bytes.
bool ts_chain_fingerprint(const ts_chain *chain, uint8_t *digest);
bool ts_chain_is_self_signed(const ts_chain *chain);

// Texts are given piece by piece to a receiver; the bytes are borrowed for the call.
typedef void (*ts_text_receiver)(const uint8_t *text, size_t length, void *argument);
void ts_chain_subject(const ts_chain *chain, ts_text_receiver receive, void *argument);
void ts_chain_issuer(const ts_chain *chain, ts_text_receiver receive, void *argument);
// DNS names and addresses (4 or 16 bytes) of the subjectAltName (RFC 9525 §6.3); the common name
// if there are none.
void ts_chain_names(
    const ts_chain *chain, ts_text_receiver receive, ts_text_receiver receive_address,
    void *argument);

// The certificate with its chain and its key; beside those of other key kinds in the context.
bool ts_tls_context_add(ts_tls_context *context, const ts_chain *chain, const ts_key *key);
// Clients: go on only with servers that one of these vouches for.
bool ts_tls_context_trust(ts_tls_context *context, const ts_chain *authorities);
// For clients: what the server showed; NULL if nothing. Owned by the caller.
ts_chain *ts_tls_peer_chain(const ts_tls *tls);

// A P-256 key and a certificate for the names, which it signs itself. Both as PEM, in this order.
bool ts_self_signed(
    const char *const *names, size_t name_count, int64_t not_before, int64_t not_after,
    ts_text_receiver receive, void *argument);

#endif
