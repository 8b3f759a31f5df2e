#include "tls_internal.h"

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "ts_certificate.h"

static void demand_certificates(SSL_CTX *context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
}

bool ts_tls_context_trust_system(ts_tls_context *context) {
    demand_certificates(context);
    return SSL_CTX_set_default_verify_paths(context) == 1;
}

bool ts_tls_context_trust(ts_tls_context *context, const ts_chain *authorities) {
    demand_certificates(context);
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    // What is named is trusted, be it a root or not: people also name the one authority that
    // signs their servers, or a server's own certificate.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    for (int i = 0; i < sk_X509_num(authorities); i++) {
        if (X509_STORE_add_cert(store, sk_X509_value(authorities, i)) != 1) return false;
    }
    return true;
}

void ts_tls_context_demand_nothing(ts_tls_context *context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
}

bool ts_tls_expect(ts_tls *tls, const char *host) {
    X509_VERIFY_PARAM *rules = SSL_get0_param(tls);
    // RFC 6066 §3: an address is no name to ask for.
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1) return true;
    // RFC 9525 §6.3: a wildcard is a whole label.
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_host(rules, host, 0) == 1 && ts_tls_ask_for(tls, host);
}

const char *ts_tls_distrust(const ts_tls *tls) {
    long result = SSL_get_verify_result(tls);
    return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}
