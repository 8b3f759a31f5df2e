/// The one form in which a date is sent: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
package enum HTTPDate {
    /// The text of a moment in whole seconds since 1970; the last one is the end of 9999, since a
    /// year has four digits.
    package static func text(secondsSince1970 seconds: UInt64) -> String {
        let seconds = min(seconds, 253_402_300_799)
        let days = Int(seconds / 86_400)
        let second = Int(seconds % 86_400)
        let date = civil(days)
        // 1970-01-01 was a Thursday.
        let weekday = weekdays[(days + 4) % 7]
        return "\(weekday), \(two(date.day)) \(months[date.month - 1]) \(four(date.year)) "
            + "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
    }

    /// The Gregorian date of a day since 1970, counted in years that begin in March, so that the
    /// leap day is the last of them.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        // From 0000-03-01; 400 years have 146,097 days.
        let fromMarch = days + 719_468
        let era = fromMarch / 146_097
        let dayOfEra = fromMarch % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // Months from March on have 153 days in every five.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }

    private static func two(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    private static func four(_ number: Int) -> String {
        String(repeating: "0", count: 4 - String(number).utf8.count) + String(number)
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
