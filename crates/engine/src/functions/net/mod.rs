//! Addresses.

pub(super) mod address;
pub(super) mod format_ipv4;
pub(crate) mod geo_info;
pub(super) mod has_ipv4;
pub(super) mod ip_compare;
pub(super) mod ip_in_range;
pub(super) mod ipv4_is_private;
pub(super) mod ipv4_netmask_suffix;
pub(super) mod ipv4_range_to_cidr_list;
pub(super) mod parse_ipv4;
pub(super) mod parse_ipv6;
