//! the Provider trait, one folder per upstream product
