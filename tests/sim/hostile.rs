//! Apps that know how Gasket works and mean harm: to what it reads, or to other apps.

mod room;
mod segments;
mod smuggling;
mod turns;
mod wire;
