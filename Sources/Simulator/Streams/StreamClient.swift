import Crypto
import Primitives
import STUN
import TURN

/// A client behind streams: one for control, and one for each connection it came for.
struct StreamClient {
    let number: Int
    let user: Int
    let ip: IPAddress
    let username: String
    /// The stream that its allocation lives on; nil: none is open.
    var control: FiveTuple?
    /// Every CONNECTION-ID it was ever told; at most sixteen, the newest last.
    var numbers: [UInt32] = []
    /// The nonce of each stream that has one.
    var nonces: [FiveTuple: [UInt8]] = [:]
    private let key: HMACKey
    private var transactions: UInt64 = 0

    init(_ number: Int, user: Int, ip: IPAddress, username: String, password: [UInt8]) {
        self.number = number
        self.user = user
        self.ip = ip
        self.username = username
        let secret = LongTermKey.derive(
            .md5, username: Array(username.utf8).span, realm: Array(Wire.realm.utf8).span,
            password: password.span, hash: OpenSSLHash())
        key = OpenSSLHash().hmacKey(.sha1, secret.span)
    }

    mutating func learn(_ number: UInt32) { numbers = (numbers + [number]).suffix(16) }

    mutating func request(
        _ method: MessageMethod, on stream: FiveTuple,
        _ attributes: (inout MessageWriter) -> Void
    ) -> (bytes: [UInt8], id: TransactionID) {
        transactions += 1
        let id = TransactionID(random: UInt128(number + 1) << 64 | UInt128(transactions))
        let proof = nonces[stream].map { (username, $0, key) }
        return (Wire.request(method, id, credentials: proof, attributes), id)
    }
}
