package import Primitives

extension ServerConfiguration {
    /// Who may allocate, and how a client proves it.
    ///
    /// Static users and REST secrets work side by side: a name is looked up among the users first.
    package struct Credentials: Sendable, Equatable {
        /// The realm of the long-term credential mechanism (RFC 8489 §9.2); empty when not given.
        package var realm = ""
        /// `server-name`; coturn uses it for OAuth only.
        package var serverName = ""
        /// Static accounts in file order; of two with one name only the later is kept.
        package var users: [StaticUser] = []
        /// Shared secrets of time-limited (REST) credentials; each is tried in turn.
        package var secrets: [String] = []
        /// Files that hold further secrets; see `secrets(inFile:)`.
        package var secretFiles: [String] = []
        /// `use-auth-secret` was given, with or without a secret.
        package var usesSecrets = false
        /// `lt-cred-mech` was given; static users count with or without it.
        package var usesLongTerm = false
        /// What stands between expiry and user id in a REST user name: one ASCII character.
        package var separator = UInt8(ascii: ":")
        /// How long a nonce is good; zero means without end.
        package var nonceLifetime = Seconds(600)
        /// Offer SHA-256 password algorithms (RFC 8489 §9.2); never when a user has only an MD5
        /// key.
        package var offersSHA256 = false
        /// Offer USERHASH (RFC 8489 §14.4); only while there are static users and no secrets.
        package var offersUserHash = false

        package init() {}

        /// True when no client can ever authenticate: no user, no secret and no file with secrets.
        package var isEmpty: Bool { users.isEmpty && secrets.isEmpty && secretFiles.isEmpty }

        /// The realm to use: the configured one, else the host's domain as coturn does, else
        /// `turnstone`, since the mechanism needs one.
        package func realm(hostDomain: String) -> String {
            if !realm.isEmpty { return realm }
            return hostDomain.isEmpty ? "turnstone" : hostDomain
        }

        /// The secrets in the text of an `auth-secret-file`: one per line, blank lines and lines
        /// that start with `#` skipped, white space around a secret dropped; at most
        /// `Configuration.Bounds.secrets`.
        package static func secrets(inFile text: String) -> [String] {
            text.split(whereSeparator: \.isNewline).lazy
                .map { line in
                    let head = line.drop(while: \.isWhitespace)
                    return String(
                        head.prefix(through: head.lastIndex { !$0.isWhitespace } ?? head.startIndex)
                    )
                }
                .filter { !$0.isEmpty && !$0.hasPrefix("#") }
                .prefix(Configuration.Bounds.secrets).map { $0 }
        }
    }

    /// A `user` line.
    package struct StaticUser: Sendable, Equatable {
        package var name: String
        package var key: Key

        /// How the account's long-term key is given.
        package enum Key: Sendable, Equatable {
            case password(String)
            /// MD5 of `name:realm:password` (RFC 8489 §9.2.2), 16 bytes.
            case md5([UInt8])
        }
    }
}
