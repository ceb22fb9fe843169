//! The maildesk command.

fn main() {}
