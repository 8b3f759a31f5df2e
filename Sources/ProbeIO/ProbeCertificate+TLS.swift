package import Crypto
package import Probe

extension ProbeCertificate {
    /// What a server showed; `distrust` is why nobody vouches for it, nil where somebody does.
    package init(_ found: TLSCertificate, distrust: String?) {
        self.init(
            names: found.names, subject: found.subject, issuer: found.issuer,
            notBefore: found.notBefore, notAfter: found.notAfter,
            isSelfSigned: found.isSelfSigned, chainLength: found.chainLength,
            key: "\(found.keyKind.rawValue) \(found.keyBits)", fingerprint: found.fingerprint,
            distrust: distrust)
    }
}
