import Primitives

// Challenge, credentials, allocation.
extension Diagnosis {
    func challenge(_ path: PathResult) -> [Finding] {
        guard let outcome = path.outcome(.challenge) else { return [] }
        var found: [Finding] = []
        if path.isOpenRelay {
            found.append(
                Finding(
                    "open-relay", .warning, "the server relays for everybody, without credentials",
                    why: "Strangers use its traffic and its address, for attacks too.",
                    mend: "Set lt-cred-mech with users, or use-auth-secret; remove no-auth."))
        }
        switch outcome {
        case .ok: break
        case .silence: found.append(noTURN("it does not answer Allocate"))
        case .failed: found.append(noTURN("it hangs up at Allocate"))
        case .refused(let refusal) where refusal.code == 401:
            if refusal.realm == nil || !refusal.hasNonce {
                found.append(
                    Finding(
                        "challenge-broken", .error,
                        "the 401 carries no \(refusal.realm == nil ? "realm" : "nonce")",
                        why: "Clients cannot answer the challenge (RFC 8489 §9.2).",
                        mend: "Set realm= in the server's configuration."))
            }
        case .refused(let refusal) where refusal.code == 300: found.append(alternate(refusal))
        case .refused(let refusal):
            found.append(noTURN("it answers Allocate with \(text(refusal))"))
        }
        return found + realm(path)
    }

    private var wantsRelay: Bool { if case .none = settings.credentials { false } else { true } }

    private func noTURN(_ reason: String) -> Finding {
        Finding(
            "no-turn", wantsRelay ? .error : .warning, "the server does STUN only: \(reason)",
            why: "Callers who need a relay cannot connect.",
            mend: "Remove stun-only from its configuration, or name a TURN server.")
    }

    private func alternate(_ refusal: TurnRefusal) -> Finding {
        let other = refusal.alternate.map { "\($0)" } ?? "another server"
        return Finding(
            "alternate-server", .warning, "the server sends its clients to \(other)",
            why: "Only clients that follow (RFC 8489 §10) get a relay.",
            mend: "Probe \(other) as well.")
    }

    private func realm(_ path: PathResult) -> [Finding] {
        guard let wanted = settings.realm, let realm = path.realm, realm != wanted else {
            return []
        }
        return [
            Finding(
                "realm-differs", path.relayed == nil ? .error : .warning,
                "the server's realm is '\(realm)', not '\(wanted)'",
                why: "Stored keys (0x...) are made with the realm: with another one they are all "
                    + "refused.",
                mend: "Set realm=\(wanted) in its configuration, or make the keys anew.")
        ]
    }

    func text(_ refusal: TurnRefusal) -> String {
        refusal.reason.isEmpty ? "\(refusal.code)" : "\(refusal.code) (\(refusal.reason))"
    }

    // MARK: - Allocate

    func allocation(_ path: PathResult) -> [Finding] {
        var found: [Finding] = []
        switch path.outcome(.allocate) {
        case nil, .ok: break
        case .silence:
            found.append(
                Finding(
                    "allocate-silent", .error, "no answer to Allocate with credentials",
                    why: "No relay for anybody.",
                    mend: "Requests with credentials are larger than without: look for a firewall "
                        + "that drops them. Else look into the server's log."))
        case .failed:
            found.append(
                Finding(
                    "allocate-silent", .error,
                    "the server hangs up at Allocate with credentials",
                    why: "No relay for anybody.",
                    mend: "Look into the server's log."))
        case .refused(let refusal): found.append(refused(refusal))
        }
        if path.isUnproven {
            found.append(
                Finding(
                    "answer-unproven", .warning,
                    "answers are not signed with the user's password",
                    why: "Strict clients drop them (RFC 8489 §9.2.5).",
                    mend: "Update the server, or look for a middlebox that rewrites STUN."))
        }
        if path.lacksFamily {
            found.append(
                Finding(
                    "no-ipv6-relay", .warning, "the server relays no IPv6",
                    why: "Callers with IPv6 alone are reached only by the detour of their NAT64.",
                    mend: "Give the server an IPv6 relay address (relay-ip)."))
        }
        return found + secondAllocation(path)
    }

    private func secondAllocation(_ path: PathResult) -> [Finding] {
        guard path.relayed != nil, let outcome = path.outcome(.allocateSecond), outcome != .ok
        else {
            return []
        }
        if case .refused(let refusal) = outcome, refusal.code == 486 {
            return [
                Finding(
                    "quota-small", .warning, "the user may have no second allocation (486)",
                    why: "A browser takes one for each server address and transport, and some more "
                        + "when the network changes.",
                    mend: "Raise user-quota to 10 at least. Relaying between two clients was not "
                        + "tested.")
            ]
        }
        return [
            Finding(
                "second-client", .warning, "a second client gets no allocation: \(text(outcome))",
                why: "Relaying between two clients was not tested.",
                mend: "Look into the server's log.")
        ]
    }

    private func text(_ outcome: StepOutcome) -> String {
        switch outcome {
        case .ok: "ok"
        case .silence: "no answer"
        case .refused(let refusal): text(refusal)
        case .failed: "the connection broke"
        }
    }

    private func refused(_ refusal: TurnRefusal) -> Finding {
        switch refusal.code {
        case 401, 441: credentialRefused()
        case 438:
            Finding(
                "nonce-stale", .error, "the server calls each of its own nonces stale",
                why: "No client can authenticate.",
                mend: "Behind a load balancer each request meets another server: keep a client on "
                    + "one. Else raise stale-nonce, and check the server's clock.")
        case 486:
            Finding(
                "quota-reached", .error, "the user's quota is used up (486)",
                why: "Further calls of this user get no relay.",
                mend: "Raise user-quota, or see who holds the allocations: turnstone allocations "
                    + "list --user NAME.")
        case 508:
            Finding(
                "no-capacity", .error, "the server has no relay port left (508)",
                why: "New calls get no relay.",
                mend: "Widen min-port and max-port, raise total-quota, or add a server.")
        case 442:
            Finding(
                "no-udp-relay", .error, "the server relays no UDP (442)",
                why: "Calls are UDP.", mend: "Remove no-udp-relay.")
        default:
            Finding(
                "allocate-refused", .error, "Allocate is refused: \(text(refusal))",
                why: "No relay for this user.", mend: "Look into the server's log for the reason.")
        }
    }

    private func credentialRefused() -> Finding {
        let why = "Callers with such a credential get no relay, and browsers show error 401 or 701."
        switch settings.credentials {
        case .user(let name, _):
            if let expiry = UserCredential.expiry(of: name), expiry < settings.unixSeconds {
                return Finding(
                    "credential-expired", .error,
                    "the credential expired \(duration(settings.unixSeconds - expiry)) ago",
                    why: why,
                    mend: "Fetch a new one from whoever issues them just before each call, and "
                        + "check that clock (timedatectl): expiry is in the name.")
            }
            if UserCredential.expiry(of: name) != nil {
                return Finding(
                    "credential-refused", .error,
                    "the server refuses the time-limited credential, which has not expired",
                    why: why,
                    mend: "Its issuer and the server use different secrets (static-auth-secret), "
                        + "the server has no use-auth-secret, or its clock is ahead "
                        + "(timedatectl).")
            }
            return Finding(
                "credential-refused", .error, "the server refuses user or password",
                why: why,
                mend: "Check both, and that the server knows this user: user=\(name):PASSWORD with "
                    + "lt-cred-mech. With use-auth-secret alone coturn knows no such users: probe "
                    + "with --secret-file then.")
        case .secret:
            return Finding(
                "secret-refused", .error,
                "the server refuses the name that was issued from the secret", why: why,
                mend: "The secret is not the server's static-auth-secret, or it has no "
                    + "use-auth-secret, or its clock is more than an hour ahead (timedatectl).")
        case .none:
            return Finding(
                "credential-refused", .error, "the server refuses the client", why: why, mend: "")
        }
    }

    private func duration(_ seconds: UInt64) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}
