/// Reads the rows of tables out of an SQLite database, whole in memory: what moving from coturn
/// takes, and no more ("Database File Format" of SQLite's documentation, by section number).
package struct SQLiteFile {
    private let bytes: [UInt8]
    private let pageSize: Int
    /// The part of a page that holds content (§1.3.4).
    private let usable: Int
    private var pageCount: Int { bytes.count / pageSize }

    /// A database of accounts is far below both.
    package static let bytesMax = 1 << 26
    private static let rowsMax = 100_000

    package init(_ bytes: [UInt8]) throws(SQLiteFailure) {
        guard bytes.starts(with: Array("SQLite format 3\u{0}".utf8)), bytes.count >= 512 else {
            throw .notADatabase
        }
        // §1.3: page size, write and read version, reserved bytes, text encoding.
        let size = Int(bytes[16]) << 8 | Int(bytes[17])
        pageSize = size == 1 ? 65_536 : size
        guard pageSize >= 512, pageSize.nonzeroBitCount == 1, bytes.count >= pageSize else {
            throw .damaged("page size")
        }
        guard bytes[18] == 1, bytes[19] == 1 else { throw .writeAheadLog }
        usable = pageSize - Int(bytes[20])
        guard usable >= 480 else { throw .damaged("reserved bytes") }
        let encoding = bytes[56..<60].reduce(0) { $0 << 8 | Int($1) }
        guard encoding <= 1 else { throw .notUTF8 }
        self.bytes = bytes
    }

    /// The rows of a table, by the names of its columns; columns without a value are left out. Nil
    /// when there is no such table.
    package func rows(of table: String) throws(SQLiteFailure) -> [[String: String]]? {
        // §2.6: type, name, tbl_name, rootpage, sql.
        let schema = try records(from: 1)
        let entry = schema.first { record in
            record.count >= 5 && record[0] == "table" && record[1]?.lowercased() == table
        }
        guard let entry, let root = entry[3].flatMap({ Int($0) }) else { return nil }
        let names = Self.columns(in: entry[4] ?? "")
        return try records(from: root).map { record in
            var row: [String: String] = [:]
            for (name, value) in zip(names, record) { row[name] = value }
            return row
        }
    }

    /// The names of the columns in `CREATE TABLE name (a type, b type, PRIMARY KEY (a, b))`.
    static func columns(in sql: String) -> [String] {
        guard let open = sql.firstIndex(of: "("), let close = sql.lastIndex(of: ")"), open < close
        else { return [] }
        var depth = 0
        var parts = [""]
        for character in sql[sql.index(after: open)..<close] {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        let constraints: Set = ["primary", "unique", "check", "foreign", "constraint"]
        return parts.compactMap { part in
            let words = part.split { $0.isWhitespace || $0 == "(" }
            guard let first = words.first else { return nil }
            let name = first.filter { !"\"'`[]".contains($0) }.lowercased()
            return constraints.contains(name) ? nil : name
        }
    }
}

// MARK: - pages

extension SQLiteFile {
    /// All records of the tree whose root is this page; a null is nil.
    private func records(from root: Int) throws(SQLiteFailure) -> [[String?]] {
        var records: [[String?]] = []
        var waiting = [root]
        var visited = 0
        // Sound records do not overlap: together they are no more than the file.
        var room = bytes.count
        while let page = waiting.popLast() {
            visited += 1
            // A page that is reached twice would be a loop.
            guard visited + waiting.count <= pageCount else { throw .damaged("tree") }
            let start = try offset(of: page)
            let head = start + (page == 1 ? 100 : 0)
            let count = try number(at: head + 3, bytes: 2)
            switch bytes[head] {
            case 0x0d:
                for index in 0..<count {
                    let cell = start + (try number(at: head + 8 + 2 * index, bytes: 2))
                    guard records.count < Self.rowsMax else { throw .tooLarge }
                    let payload = try payload(at: cell)
                    room -= payload.count
                    guard room >= 0 else { throw .damaged("records") }
                    records.append(try Self.values(in: payload))
                }
            case 0x05:
                // The last child first: what is appended last is visited next.
                waiting.append(try number(at: head + 8, bytes: 4))
                for index in (0..<count).reversed() {
                    let cell = start + (try number(at: head + 12 + 2 * index, bytes: 2))
                    waiting.append(try number(at: cell, bytes: 4))
                }
            default: throw .damaged("page \(page)")
            }
        }
        return records
    }

    /// What a cell of a table's leaf holds, also the part that did not fit into its page (§1.5).
    private func payload(at cell: Int) throws(SQLiteFailure) -> [UInt8] {
        var place = cell
        let length = try Self.varint(bytes, &place)
        _ = try Self.varint(bytes, &place)
        guard length <= bytes.count else { throw .damaged("cell") }
        let local = localLength(length)
        guard place + local <= bytes.count else { throw .damaged("cell") }
        var content = Array(bytes[place..<place + local])
        guard local < length else { return content }
        var next = try number(at: place + local, bytes: 4)
        var pages = 0
        while content.count < length {
            pages += 1
            guard next != 0, pages <= pageCount else { throw .damaged("overflow") }
            let start = try offset(of: next)
            let part = min(length - content.count, usable - 4)
            content += bytes[start + 4..<start + 4 + part]
            next = try number(at: start, bytes: 4)
        }
        return content
    }

    /// §1.6: how much of a payload stays in the leaf.
    private func localLength(_ length: Int) -> Int {
        let most = usable - 35
        guard length > most else { return length }
        let least = (usable - 12) * 32 / 255 - 23
        let wanted = least + (length - least) % (usable - 4)
        return wanted <= most ? wanted : least
    }

    private func offset(of page: Int) throws(SQLiteFailure) -> Int {
        guard page >= 1, page <= pageCount else { throw .damaged("page number") }
        return (page - 1) * pageSize
    }

    private func number(at place: Int, bytes count: Int) throws(SQLiteFailure) -> Int {
        guard place >= 0, place + count <= bytes.count else { throw .damaged("offset") }
        return bytes[place..<place + count].reduce(0) { $0 << 8 | Int($1) }
    }
}

// MARK: - records

extension SQLiteFile {
    /// §2.1: a header of types, then the values; numbers come out as decimal text.
    private static func values(in record: [UInt8]) throws(SQLiteFailure) -> [String?] {
        var place = 0
        let headLength = try varint(record, &place)
        guard headLength <= record.count else { throw .damaged("record") }
        var values: [String?] = []
        var content = headLength
        while place < headLength {
            let type = try varint(record, &place)
            let length = try contentLength(of: type)
            guard content + length <= record.count else { throw .damaged("record") }
            values.append(text(type, record[content..<content + length]))
            content += length
        }
        return values
    }

    private static func contentLength(of type: Int) throws(SQLiteFailure) -> Int {
        switch type {
        case 0, 8, 9: 0
        case 1...4: type
        case 5: 6
        case 6, 7: 8
        case 12...: (type - 12) / 2
        default: throw .damaged("type")
        }
    }

    private static func text(_ type: Int, _ content: ArraySlice<UInt8>) -> String? {
        switch type {
        case 1...6:
            let negative = content.first.map { $0 >= 0x80 } ?? false
            return String(content.reduce(negative ? -1 : 0) { $0 << 8 | Int64($1) })
        case 8: return "0"
        case 9: return "1"
        case 12...: return String(decoding: content, as: UTF8.self)
        default: return nil
        }
    }

    /// §1.6: up to nine bytes, seven bits each, eight of the last one. What is negative, or beyond
    /// any length, is damage.
    private static func varint(
        _ bytes: [UInt8], _ place: inout Int
    ) throws(SQLiteFailure) -> Int {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard place >= 0, place < bytes.count else { throw .damaged("number") }
            let byte = bytes[place]
            place += 1
            if index == 8 {
                value = value << 8 | UInt64(byte)
            } else {
                value = value << 7 | UInt64(byte & 0x7f)
                if byte < 0x80 { break }
            }
        }
        // Row numbers may be anything; lengths are checked by those who use them.
        guard let number = Int(exactly: value) else { return Int.max }
        return number
    }
}

/// Why a database cannot be read.
package enum SQLiteFailure: Error, Hashable, Sendable {
    case notADatabase
    /// Newer content may stand in a second file (`PRAGMA journal_mode=WAL`).
    case writeAheadLog
    case notUTF8
    case tooLarge
    /// What does not hold together.
    case damaged(String)

    package var reason: String {
        switch self {
        case .notADatabase: "it is no SQLite database"
        case .writeAheadLog:
            "it keeps a write-ahead log; stop coturn and run"
                + " `sqlite3 FILE 'PRAGMA journal_mode=DELETE'` first"
        case .notUTF8: "its text is not UTF-8"
        case .tooLarge: "it is too large"
        case .damaged(let place): "it is damaged (\(place))"
        }
    }
}
