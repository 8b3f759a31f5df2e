/// Reads a chunked body (RFC 9112 §7.1): chunks of a stated size, an empty one, trailers.
///
/// Extensions and trailers are checked, counted against a bound, and dropped: nothing here asks
/// for one, and a trailer that became a field would be a field that no check of the head saw.
struct HTTPChunkReader: ~Copyable {
    private enum Part {
        case sizeLine
        case content(remaining: Int)
        /// The line end behind the content of a chunk.
        case contentEnd
        case trailers
        case complete
    }

    private let limits: HTTPLimits
    private var part = Part.sizeLine
    private var content: [UInt8] = []
    private var line: [UInt8] = []
    private var trailers: HTTPHeadReader
    private var afterCarriageReturn = false
    /// Bytes that were not content.
    private var overhead = 0
    /// Whether any of the body came.
    private(set) var hasBegun = false

    init(limits: HTTPLimits) {
        self.limits = limits
        trailers = HTTPHeadReader(trailersWithin: limits)
    }

    var isComplete: Bool {
        if case .complete = part { return true }
        return false
    }

    /// The content without its framing; call once, when complete.
    mutating func takeContent() -> [UInt8] {
        let taken = content
        content = []
        return taken
    }

    /// Takes bytes up to the end of the body and returns how many.
    mutating func receive(_ input: Span<UInt8>) throws(HTTPRefusal) -> Int {
        var index = 0
        while index < input.count, !isComplete {
            hasBegun = true
            switch part {
            case .content(let remaining):
                let count = min(remaining, input.count - index)
                for position in index..<(index + count) { content.append(input[position]) }
                index += count
                part = remaining == count ? .contentEnd : .content(remaining: remaining - count)
            case .trailers:
                // One at a time, so that the bound is met at the same byte however they came.
                index += try trailers.receive(input.extracting(index..<(index + 1)))
                try countOverhead()
                if trailers.isComplete { part = .complete }
            case .sizeLine, .contentEnd:
                try takeFraming(input[index])
                index += 1
                try countOverhead()
            case .complete: break
            }
        }
        return index
    }

    private mutating func countOverhead() throws(HTTPRefusal) {
        overhead += 1
        guard overhead <= limits.chunkOverheadBytesMax else { throw .chunkOverheadTooLarge }
    }

    /// A byte of a line between contents; only CR LF ends one (RFC 9112 §7.1, §11.2).
    private mutating func takeFraming(_ byte: UInt8) throws(HTTPRefusal) {
        if afterCarriageReturn {
            guard byte == .lineFeed else { throw .bareCarriageReturn }
            afterCarriageReturn = false
            return try endLine()
        }
        switch byte {
        case .carriageReturn: afterCarriageReturn = true
        case .lineFeed: throw .bareLineFeed
        default:
            // Content longer than its size runs into here.
            guard case .sizeLine = part, line.count < limits.chunkLineBytesMax,
                byte.isFieldContent
            else { throw .malformedChunk }
            line.append(byte)
        }
    }

    private mutating func endLine() throws(HTTPRefusal) {
        guard case .sizeLine = part else {
            part = .sizeLine
            return
        }
        let size = try HTTPChunkLine.size(of: line)
        line.removeAll(keepingCapacity: true)
        guard size > 0 else {
            part = .trailers
            return
        }
        guard size <= limits.bodyBytesMax - content.count else { throw .bodyTooLarge }
        part = .content(remaining: size)
    }
}

/// The line before a chunk: `chunk-size [chunk-ext]` (RFC 9112 §7.1).
enum HTTPChunkLine {
    /// 64 bits; others cut longer ones off and see another size.
    private static let digitsMax = 16

    /// The size in `line`, which has no line end; `.bodyTooLarge` when it does not fit an Int.
    static func size(of line: [UInt8]) throws(HTTPRefusal) -> Int {
        let digits = line.prefix { $0.hexDigit != nil }
        guard (1...digitsMax).contains(digits.count), isExtensions(line.dropFirst(digits.count))
        else { throw .malformedChunk }
        let size = digits.reduce(UInt64(0)) { $0 << 4 | UInt64($1.hexDigit ?? 0) }
        guard let size = Int(exactly: size) else { throw .bodyTooLarge }
        return size
    }

    /// `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, a value being a token or a quoted string
    /// (RFC 9112 §7.1.1).
    private static func isExtensions(_ text: ArraySlice<UInt8>) -> Bool {
        var rest = text
        while !rest.isEmpty {
            rest = rest.drop(while: \.isBlank)
            guard rest.popFirst() == UInt8(ascii: ";") else { return false }
            rest = rest.drop(while: \.isBlank)
            guard takeToken(&rest) else { return false }
            let value = rest.drop(while: \.isBlank)
            guard value.first == UInt8(ascii: "=") else { continue }
            rest = value.dropFirst().drop(while: \.isBlank)
            guard rest.first == UInt8(ascii: "\"") ? takeQuoted(&rest) : takeToken(&rest)
            else { return false }
        }
        return true
    }

    private static func takeToken(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let token = rest.prefix(while: \.isToken)
        rest = rest.dropFirst(token.count)
        return !token.isEmpty
    }

    /// A quoted string (RFC 9110 §5.6.4); a backslash makes the next byte an ordinary one.
    private static func takeQuoted(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.popFirst() == UInt8(ascii: "\"") else { return false }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard rest.popFirst() != nil else { return false }
            default: break
            }
        }
        return false
    }
}
