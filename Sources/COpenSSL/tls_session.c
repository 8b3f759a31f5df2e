#include "tls_internal.h"

#include <openssl/err.h>

ts_tls *ts_tls_new(ts_tls_context *context, bool is_server) {
    SSL *tls = SSL_new(context);
    if (tls == NULL) return NULL;
    if (is_server) SSL_set_accept_state(tls);
    else SSL_set_connect_state(tls);
    // As for QUIC (RFC 9000 §14): what every path carries without fragments.
    if (SSL_is_dtls(tls)) SSL_set_mtu(tls, 1200);
    return tls;
}

void ts_tls_free(ts_tls *tls) {
    // Else OpenSSL holds a session that ends without close_notify to be unfit for resumption.
    SSL_set_shutdown(tls, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(tls);
}

bool ts_tls_ask_for(ts_tls *tls, const char *name) {
    return SSL_set_tlsext_host_name(tls, name) == 1;
}

// Errors of an earlier call, which OpenSSL may leave behind even when it succeeds, would make it
// misjudge this one.
static void forget_errors(void) {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

static int judge(SSL *tls, int result) {
    switch (SSL_get_error(tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return TS_TLS_OPEN;
    case SSL_ERROR_ZERO_RETURN: return TS_TLS_CLOSED;
    default: return TS_TLS_FAILED;
    }
}

static int read_records(
    SSL *tls, ts_tls_wire *wire, uint8_t *plain, size_t capacity, size_t *count) {
    for (;;) {
        size_t length = 0;
        if (*count == capacity) return TS_TLS_OPEN;
        int result = SSL_read_ex(tls, plain + *count, capacity - *count, &length);
        if (result != 1) return judge(tls, result);
        *count += length;
        if (!wire->is_datagram) continue;
        if (wire->plain_end_count == sizeof wire->plain_ends / sizeof wire->plain_ends[0])
            return TS_TLS_OPEN;
        wire->plain_ends[wire->plain_end_count++] = (uint32_t)*count;
    }
}

int ts_tls_receive(
    ts_tls *tls, ts_tls_wire *wire, uint8_t *plain, size_t capacity, size_t *count) {
    *count = 0;
    forget_errors();
    ts_tls_attach(tls, wire);
    int progress = read_records(tls, wire, plain, capacity, count);
    ts_tls_detach(tls, wire);
    return wire->is_torn ? TS_TLS_FAILED : progress;
}

bool ts_tls_write(ts_tls *tls, ts_tls_wire *wire, const uint8_t *plain, size_t length) {
    if (!SSL_is_init_finished(tls)) return false;
    if (length == 0) return true;
    // A datagram is one record.
    if (SSL_is_dtls(tls) && length > SSL3_RT_MAX_PLAIN_LENGTH) return false;
    size_t written = 0;
    forget_errors();
    ts_tls_attach(tls, wire);
    int result = SSL_write_ex(tls, plain, length, &written);
    ts_tls_detach(tls, wire);
    return result == 1 && written == length && !wire->is_torn;
}

void ts_tls_close(ts_tls *tls, ts_tls_wire *wire) {
    // Before the handshake ends there is nothing to close (OpenSSL calls it an error).
    if (!SSL_is_init_finished(tls)) return;
    forget_errors();
    ts_tls_attach(tls, wire);
    SSL_shutdown(tls);
    ts_tls_detach(tls, wire);
    ERR_clear_error();
}

bool ts_tls_is_established(const ts_tls *tls) { return SSL_is_init_finished(tls); }

const char *ts_tls_version(const ts_tls *tls) { return SSL_get_version(tls); }

const char *ts_tls_cipher(const ts_tls *tls) {
    return SSL_CIPHER_get_name(SSL_get_current_cipher(tls));
}

const char *ts_tls_server_name(const ts_tls *tls) {
    return SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
}

void ts_tls_chosen_protocol(const ts_tls *tls, const uint8_t **name, unsigned *length) {
    SSL_get0_alpn_selected(tls, name, length);
}

bool ts_tls_is_resumed(const ts_tls *tls) { return SSL_session_reused((SSL *)tls) == 1; }

ts_tls_resumption *ts_tls_take_resumption(ts_tls *tls) {
    SSL_SESSION *session = SSL_get1_session(tls);
    if (session != NULL && SSL_SESSION_is_resumable(session)) return session;
    SSL_SESSION_free(session);
    return NULL;
}

bool ts_tls_resume(ts_tls *tls, ts_tls_resumption *resumption) {
    return SSL_set_session(tls, resumption) == 1;
}

void ts_tls_resumption_free(ts_tls_resumption *resumption) { SSL_SESSION_free(resumption); }
