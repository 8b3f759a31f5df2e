/// Reads the head of a message: a start line and fields, each ended by CR LF (RFC 9112 §2.1).
///
/// Works on one byte after the other, so that how the bytes were cut up cannot matter.
struct HTTPHeadReader: ~Copyable {
    private(set) var startLine: [UInt8] = []
    private(set) var fields: HTTPFields = []
    private(set) var isComplete = false
    /// Whether anything came that is part of the head; the one empty line before it is not.
    private(set) var hasBegun = false

    private let limits: HTTPLimits
    private var line: [UInt8] = []
    private var byteCount = 0
    private var hasStartLine = false
    private var skippedEmptyLine = false
    private var afterCarriageReturn = false

    init(limits: HTTPLimits) { self.limits = limits }

    /// For the fields behind a chunked body, which no start line precedes (RFC 9112 §7.1.2).
    init(trailersWithin limits: HTTPLimits) {
        self.limits = limits
        hasStartLine = true
    }

    /// Takes bytes up to the end of the head and returns how many.
    mutating func receive(_ input: Span<UInt8>) throws(HTTPRefusal) -> Int {
        var index = 0
        while index < input.count, !isComplete {
            let byte = input[index]
            index += 1
            byteCount += 1
            guard byteCount <= limits.headBytesMax else { throw .fieldsTooLarge }
            if afterCarriageReturn {
                // RFC 9112 §2.2: a CR that no LF follows invalidates the element.
                guard byte == .lineFeed else { throw .bareCarriageReturn }
                afterCarriageReturn = false
                try endLine()
            } else if byte == .carriageReturn {
                afterCarriageReturn = true
            } else if byte == .lineFeed {
                // §2.2 lets a recipient take LF alone for a line end; two that differ in it
                // see different requests (§11.2).
                throw .bareLineFeed
            } else {
                try append(byte)
            }
        }
        return index
    }

    private mutating func append(_ byte: UInt8) throws(HTTPRefusal) {
        hasBegun = true
        if hasStartLine {
            // RFC 9112 §5.2 (folding) and §2.2 (blanks before the first field): both refused.
            if line.isEmpty, byte.isBlank { throw .foldedField }
            guard byte.isFieldContent else { throw .controlByte }
            guard line.count < limits.fieldLineBytesMax else { throw .fieldsTooLarge }
        } else {
            guard byte.isVisible || byte == .space else { throw .controlByte }
            guard line.count < limits.startLineBytesMax else { throw .startLineTooLong }
        }
        line.append(byte)
    }

    private mutating func endLine() throws(HTTPRefusal) {
        defer { line.removeAll(keepingCapacity: true) }
        if hasStartLine {
            if line.isEmpty {
                isComplete = true
            } else {
                guard fields.all.count < limits.fieldCountMax else { throw .fieldsTooLarge }
                fields.append(try field())
            }
        } else if line.isEmpty {
            // RFC 9112 §2.2: ignore one empty line before a request; old clients end bodies so.
            guard !skippedEmptyLine else { throw .malformedStartLine }
            skippedEmptyLine = true
        } else {
            startLine = line
            hasStartLine = true
        }
    }

    /// `name: value`, nothing between the name and its colon (RFC 9112 §5.1).
    private func field() throws(HTTPRefusal) -> HTTPField {
        guard let colon = line.firstIndex(of: .colon), colon > 0,
            line[..<colon].allSatisfy(\.isToken)
        else { throw .malformedField }
        var value = line[(colon + 1)...]
        while value.first?.isBlank == true { value.removeFirst() }
        while value.last?.isBlank == true { value.removeLast() }
        return HTTPField(
            String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
    }
}
