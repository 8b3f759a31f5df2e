// TLS and DTLS sessions of OpenSSL without sockets: bytes of the wire come in as a borrowed range,
// bytes for the wire are appended to a buffer that many sessions share.
#ifndef TURNSTONE_TLS_H
#define TURNSTONE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ssl_ctx_st ts_tls_context;
typedef struct ssl_st ts_tls;
typedef struct bio_st ts_bio;
typedef struct ssl_session_st ts_tls_resumption;

// What one thread lends to whichever session it works on, for the time of one call.
typedef struct {
    // The range that is read from; only valid during a call.
    const uint8_t *input;
    size_t input_length;
    // What sessions wrote.
    uint8_t *output;
    size_t output_length;
    size_t output_capacity;
    // Where each datagram ends in `output`; only DTLS sessions add to it.
    uint32_t *output_ends;
    size_t output_end_count;
    size_t output_end_capacity;
    // Where each record ends in the plaintext of the last call; only DTLS sessions fill it.
    uint32_t plain_ends[64];
    size_t plain_end_count;
    // The session of the current call keeps datagrams apart.
    bool is_datagram;
    // Memory ran out while a session wrote: its output is torn.
    bool is_torn;
    ts_bio *bio;
} ts_tls_wire;

ts_tls_wire *ts_tls_wire_new(void);
void ts_tls_wire_free(ts_tls_wire *wire);
// Forgets what was written; gives memory back beyond `keep` bytes.
void ts_tls_wire_clear(ts_tls_wire *wire, size_t keep);

// The rules of the house for one role and transport, without certificates. NULL: out of memory.
ts_tls_context *ts_tls_context_new(bool is_server, bool is_datagram, bool refuses_tls12);
void ts_tls_context_free(ts_tls_context *context);
// TLS 1.2 suites in OpenSSL's notation; false when none is left.
bool ts_tls_context_set_ciphers(ts_tls_context *context, const char *list);
// Servers: choose among the application protocols of the house (RFC 7301).
void ts_tls_context_choose_protocols(ts_tls_context *context);
// Clients: offer these, in the wire form of RFC 7301 §3.1.
bool ts_tls_context_offer_protocols(
    ts_tls_context *context, const uint8_t *list, size_t length);
// Clients: go on only with servers that an authority of the system vouches for.
bool ts_tls_context_trust_system(ts_tls_context *context);
// Clients: look as before, but go on whatever is found; `ts_tls_distrust` tells.
void ts_tls_context_demand_nothing(ts_tls_context *context);
// Asked once for each ClientHello; NULL keeps the context.
typedef ts_tls_context *(*ts_tls_name_chooser)(const char *name, void *argument);
typedef struct {
    ts_tls_name_chooser choose;
    void *argument;
} ts_tls_names;
// `names` is borrowed for the context's life.
void ts_tls_context_set_names(ts_tls_context *context, ts_tls_names *names);

ts_tls *ts_tls_new(ts_tls_context *context, bool is_server);
void ts_tls_free(ts_tls *tls);
// For clients: the name to ask for (SNI).
bool ts_tls_ask_for(ts_tls *tls, const char *name);

// For clients: the certificate must be good for this name, which is asked for, or address.
bool ts_tls_expect(ts_tls *tls, const char *host);
// Why the certificate of the other side is not trusted; NULL when it is, or nobody looked.
const char *ts_tls_distrust(const ts_tls *tls);

enum ts_tls_progress {
    TS_TLS_OPEN = 0,
    TS_TLS_CLOSED = 1,
    TS_TLS_FAILED = 2,
};
// Takes the range in `wire`, all of it; plaintext goes to `plain`, its length to `count`.
int ts_tls_receive(
    ts_tls *tls, ts_tls_wire *wire, uint8_t *plain, size_t capacity, size_t *count);
bool ts_tls_write(ts_tls *tls, ts_tls_wire *wire, const uint8_t *plain, size_t length);
void ts_tls_close(ts_tls *tls, ts_tls_wire *wire);

bool ts_tls_is_established(const ts_tls *tls);
// `TLSv1.3` and the like, for people.
const char *ts_tls_version(const ts_tls *tls);
const char *ts_tls_cipher(const ts_tls *tls);
const char *ts_tls_server_name(const ts_tls *tls);
void ts_tls_chosen_protocol(const ts_tls *tls, const uint8_t **name, unsigned *length);
bool ts_tls_is_resumed(const ts_tls *tls);

// For clients: what the server sent to come back with, or NULL; owned by the caller.
ts_tls_resumption *ts_tls_take_resumption(ts_tls *tls);
bool ts_tls_resume(ts_tls *tls, ts_tls_resumption *resumption);
void ts_tls_resumption_free(ts_tls_resumption *resumption);

// DTLS servers: cookies before state (RFC 6347 §4.2.1).
enum { TS_DTLS_COOKIE_LENGTH = 16 };
void ts_dtls_use_cookies(ts_tls_context *context);
// Judges the datagram in `wire`: a ClientHello without a cookie is answered with the first of two
// `cookies` and forgotten. True: it brought one of them, and the session has begun.
bool ts_dtls_listen(ts_tls *tls, ts_tls_wire *wire, const uint8_t *cookies);
// How long until a handshake message must be sent again; false when none waits.
bool ts_dtls_timeout(ts_tls *tls, int64_t *microseconds);
// Sends again what is due. False: so often in vain that the session is over.
bool ts_dtls_handle_timeout(ts_tls *tls, ts_tls_wire *wire);

// Random bytes for a key. False when there are none.
bool ts_secret_bytes(uint8_t *bytes, size_t length);

// What OpenSSL says about the oldest error of this thread; forgets all of them.
const char *ts_tls_take_error(void);

#endif
