import Primitives
import STUN

extension Server {
    /// Refresh (RFC 8656 §8.2): moves the end of an allocation, or deletes it at once.
    mutating func receiveRefresh(_ request: borrowing StunMessage, from tuple: FiveTuple) {
        counters.refreshRequests += 1
        guard
            let (index, proven) = proveOwner(
                of: request, from: tuple)
        else { return }
        let wish: Seconds?
        let number: UInt8?
        do throws(MalformedAttribute) {
            wish = try request.lifetime()
            number = try request.requestedAddressFamily()
        } catch {
            refuse(
                request, .badRequest, .malformed("lifetime or family"), from: tuple,
                proven: proven)
            return
        }
        var only: AddressFamily?
        if let number {
            // RFC 8656 §8.2: a family that this allocation does not have.
            guard let family = AddressFamily(rawValue: number),
                allocations[index].relay(family).exists
            else {
                refuse(
                    request, .peerAddressFamilyMismatch, .familyMismatch, from: tuple,
                    proven: proven)
                return
            }
            only = family
        }
        var reply = Reply(to: request, proven)
        if wish == Seconds(0) {
            reply.lifetime = 0
            delete(index, only)
        } else {
            reply.lifetime = extend(index, only, granted(wish)).count
        }
        send(reply, to: tuple)
    }

    /// RFC 8656 §7.2: the wish within the allowed maximum, but never below the default.
    func granted(_ wish: Seconds?) -> Seconds {
        let most = settings.lifetimes.allocationMax
        let standard = min(settings.lifetimes.allocation, most)
        return max(min(wish ?? standard, most), standard)
    }

    /// RFC 8656 §8.2: deletes the allocation, or one of its two families, at once.
    private mutating func delete(_ index: UInt32, _ only: AddressFamily?) {
        if let only, hasOtherFamily(index, only) {
            giveUp(only, of: index)
            actions.push(.setExpiry(AllocationID(index: index), allocations[index].expires))
            setTimer(index)
        } else {
            counters.deletedByClient += 1
            end(index, .deletedByClient)
        }
    }

    /// Sets the time-to-expiry, cut at the greatest age, and returns what is left of it.
    private mutating func extend(
        _ index: UInt32, _ only: AddressFamily?, _ lifetime: Seconds
    ) -> Seconds {
        let expires = min(now.monotonic + lifetime, oldest(index))
        for family in AddressFamily.allCases where only == nil || only == family {
            allocations[index].setExpires(expires, family)
        }
        actions.push(.setExpiry(AllocationID(index: index), allocations[index].expires))
        wake(index, by: expires)
        let left = expires.nanoseconds(since: now.monotonic) / 1_000_000_000
        return Seconds(UInt32(clamping: left))
    }
}
