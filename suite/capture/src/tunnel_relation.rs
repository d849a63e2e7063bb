//! What both connections of a proxy show about the tunnel between them.

use wsspec_wire::Role;

use crate::{
    observer::ObservedEnd,
    proxy_end::{DIRECTIONS, ProxyEnd},
    relation::{ProxyRelation, RelationFault},
    relation_violation::RelationViolation,
    tunnel_violation::TunnelViolation,
};

impl ProxyRelation {
    /// Whether there is a tunnel between the connections, which is judged by its octets alone.
    pub fn is_tunnel(&self) -> bool {
        self.tunnel.is_some()
    }

    /// A rule that is broken by a tunnel, of the protocol that has opened it.
    pub(crate) fn in_tunnel(&self, violation: TunnelViolation) -> RelationViolation {
        match self.is_socks {
            true => RelationViolation::Socks(violation),
            false => RelationViolation::Tunnel(violation),
        }
    }

    /// Whether something is in between that passes on what either end sends: an open connection, or an open tunnel that leads
    /// to our server.
    pub(crate) fn is_joined(&self) -> bool {
        match &self.tunnel {
            Some(tunnel) => tunnel.is_open() && self.lane(ProxyEnd::Back).octets() > 0,
            None => self.is_open(),
        }
    }

    /// Whether more is on its way through a tunnel than can be compared; `None`: there is no tunnel.
    pub(crate) fn tunnel_is_full(&self) -> Option<bool> {
        let tunnel = self.tunnel.as_ref()?;
        Some([ProxyEnd::Front, ProxyEnd::Back].into_iter().any(|end| tunnel.to(end).is_full()))
    }

    /// The rules that a proxy breaks by a tunnel; `None`: there is no tunnel.
    pub(crate) fn of_tunnel_faults(&self) -> Option<Vec<RelationFault>> {
        let tunnel = self.tunnel.as_ref()?;
        let fault = |(end, at, violation)| {
            let violation = self.in_tunnel(violation);
            RelationFault { end, at, violation }
        };
        let mut found: Vec<_> = tunnel.fault().map(fault).into_iter().collect();
        for (_, to) in DIRECTIONS {
            let different = tunnel.to(to).fault().map(|(at, violation)| (to, *at, violation.clone()));
            found.extend(different.map(fault));
        }
        found.extend(self.opened_unconnected());
        if found.is_empty() {
            found.extend(DIRECTIONS.into_iter().filter_map(|(from, to)| self.lost_in_tunnel(from, to)));
        }
        Some(found)
    }

    /// A tunnel that the proxy has ended though it never led to our server, and though our client has not closed it.
    fn opened_unconnected(&self) -> Option<RelationFault> {
        let opened = self.tunnel.as_ref()?.opened()?;
        let front = self.lane(ProxyEnd::Front);
        let (_, at) = front.half(Role::Server).ended?;
        let has_left = front.half(Role::Client).ended.is_some_and(|(_, left)| left <= at);
        let is_unconnected = !has_left && opened <= at && self.lane(ProxyEnd::Back).octets() == 0;
        let violation = self.in_tunnel(TunnelViolation::OpenedUnconnected);
        is_unconnected.then_some(RelationFault { end: ProxyEnd::Front, at, violation })
    }

    /// Octets that have not arrived, of which nothing shows that they are lost: how many, and where they should arrive.
    pub(crate) fn awaited_in_tunnel(&self) -> Option<(ProxyEnd, String)> {
        let tunnel = self.tunnel.as_ref().filter(|tunnel| tunnel.is_open())?;
        let is_awaited = |(from, to): &(ProxyEnd, ProxyEnd)| {
            let has_left = self.lane(*to).half(to.ours()).ended.is_some();
            let ends = [from.ours(), from.theirs()].map(|role| self.lane(*from).half(role).ended);
            let is_reset = ends.iter().flatten().any(|(how, _)| *how == ObservedEnd::Reset);
            tunnel.to(*to).pending() > 0 && !self.has_ended(*to) && !has_left && !is_reset
        };
        let (_, to) = DIRECTIONS.into_iter().find(is_awaited)?;
        Some((to, format!("{} octets", tunnel.to(to).pending())))
    }

    /// Octets that did not arrive before the proxy ended the connection. When an end closes its connection, what it had sent
    /// is sent on, and what is on its way to it may be discarded (RFC 9110, 9.3.6); a reset destroys both.
    fn lost_in_tunnel(&self, from: ProxyEnd, to: ProxyEnd) -> Option<RelationFault> {
        let tunnel = self.tunnel.as_ref().filter(|_| self.is_joined())?;
        let (pending, since) = (tunnel.to(to).pending(), tunnel.to(to).since());
        let (how, at) = self.lane(to).half(to.theirs()).ended?;
        let of = |end: ProxyEnd, role: Role| self.lane(end).half(role).ended;
        let (sender, receiver) = (of(from, from.ours()), of(to, to.ours()));
        let is_reset = [sender, receiver].iter().flatten().any(|(how, _)| *how == ObservedEnd::Reset);
        let has_left = receiver.is_some_and(|(_, left)| left <= at);
        if pending == 0 || since >= at || is_reset || has_left {
            return None;
        }
        let violation = match sender {
            // It may have been sent after the proxy had ended the connection to it.
            _ if of(from, from.theirs()).is_some_and(|(_, ended)| ended <= since) => return None,
            Some((_, ended)) if ended <= at => match how {
                ObservedEnd::Eof => TunnelViolation::LostAtEnd(pending),
                ObservedEnd::Reset => return None,
            },
            _ => TunnelViolation::Lost(pending),
        };
        Some(RelationFault { end: to, at: since, violation: self.in_tunnel(violation) })
    }
}
