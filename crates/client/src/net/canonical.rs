//! Seeds by the canonical names of their addresses (`client.dns.lookup=resolve_canonical_bootstrap_servers_only`).
//!
//! Each address of a seed becomes a seed of its own, under the name that the system's resolver has for it: what a
//! certificate or a Kerberos principal of the broker behind an alias is issued for. A name that does not lead back to its
//! address is not believed, and the address stands for itself; so does a seed that cannot be resolved.

use std::net::IpAddr;

/// What the system knows of names and addresses. These calls block.
pub(crate) trait Resolver {
    /// The addresses of a name.
    fn addresses(&self, name: &str) -> Vec<IpAddr>;
    /// The name of an address.
    fn name(&self, address: IpAddr) -> Option<String>;
}

/// The resolver of the C library, which reads `/etc/hosts` and asks name servers.
pub(crate) struct System;

impl Resolver for System {
    fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let found = std::net::ToSocketAddrs::to_socket_addrs(&(name, 0));
        found.map_or_else(|_| Vec::new(), |found| found.map(|address| address.ip()).collect())
    }

    fn name(&self, address: IpAddr) -> Option<String> {
        dns_lookup::lookup_addr(&address).ok()
    }
}

/// The seeds to use in place of these.
pub(crate) fn expand(seeds: &[(String, u16)], resolver: &impl Resolver) -> Vec<(String, u16)> {
    let mut expanded: Vec<(String, u16)> = Vec::with_capacity(seeds.len());
    for (host, port) in seeds {
        let addresses = resolver.addresses(host);
        let names: Vec<String> = match addresses.is_empty() {
            true => vec![host.clone()],
            false => addresses.iter().map(|address| canonical(*address, resolver)).collect(),
        };
        for name in names {
            if !expanded.iter().any(|(known, at)| *known == name && at == port) {
                expanded.push((name, *port));
            }
        }
    }
    expanded
}

fn canonical(address: IpAddr, resolver: &impl Resolver) -> String {
    let name = resolver.name(address).filter(|name| resolver.addresses(name).contains(&address));
    name.unwrap_or_else(|| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kafka` is an alias of two brokers, one of which has no name of its own; the name of `10.0.0.9` leads elsewhere.
    struct Book;

    const ADDRESSES: &[(&str, &str)] = &[
        ("kafka", "10.0.0.1"),
        ("kafka", "10.0.0.2"),
        ("broker-1.example", "10.0.0.1"),
        ("stray", "10.0.0.9"),
        ("elsewhere", "10.0.0.7"),
    ];
    const NAMES: &[(&str, &str)] = &[("10.0.0.1", "broker-1.example"), ("10.0.0.9", "elsewhere")];

    impl Resolver for Book {
        fn addresses(&self, name: &str) -> Vec<IpAddr> {
            let of_name = ADDRESSES.iter().filter(|(known, _)| *known == name);
            of_name.map(|(_, address)| address.parse().unwrap()).collect()
        }

        fn name(&self, address: IpAddr) -> Option<String> {
            let address = address.to_string();
            NAMES.iter().find(|(known, _)| *known == address).map(|(_, name)| (*name).to_owned())
        }
    }

    #[test]
    fn a_seed_becomes_the_canonical_names_of_its_addresses() {
        let rows: &[(&[&str], &[&str])] = &[
            (&["kafka"], &["broker-1.example", "10.0.0.2"]),
            (&["kafka", "broker-1.example"], &["broker-1.example", "10.0.0.2"]),
            (&["stray"], &["10.0.0.9"]),
            (&["unknown"], &["unknown"]),
            (&[], &[]),
        ];
        for (seeds, expect) in rows {
            let with_port =
                |hosts: &[&str]| hosts.iter().map(|h| ((*h).to_owned(), 9092)).collect::<Vec<_>>();
            assert_eq!(expand(&with_port(seeds), &Book), with_port(expect), "{seeds:?}");
        }
        let ports = [("kafka".to_owned(), 1), ("kafka".to_owned(), 2)];
        assert_eq!(expand(&ports, &Book).len(), 4, "another port is another seed");
    }

    #[test]
    fn the_system_has_a_name_for_this_machine() {
        let seeds = [("127.0.0.1".to_owned(), 9092)];
        let expanded = expand(&seeds, &System);
        assert_eq!(expanded.len(), 1, "{expanded:?}");
        assert!(!System.addresses(&expanded[0].0).is_empty(), "{expanded:?} can be connected to");
    }
}
