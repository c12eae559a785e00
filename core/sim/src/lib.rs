//! A world in which syncline has to keep its promises: clients, a server, their disks, clocks and users, and all that
//! goes wrong between them, in one thread and in simulated time. A seed decides everything, so what fails once fails
//! again.
//!
//! The engine is the shipped one; only its caller is simulated. Every output is checked as it comes, against a reference
//! that shares no code with the engine ([`reference`]), and against what users were told ([`ledger`]).

pub mod adversary;
pub mod audit;
pub mod broken;
pub mod chance;
pub mod check;
pub mod clock;
pub mod disk;
pub mod faults;
pub mod forms;
pub mod hearing;
pub mod hosting;
pub mod judging;
pub mod ledger;
pub mod names;
pub mod net;
pub mod party;
pub mod plan;
pub mod prove;
pub mod random;
pub mod reference;
pub mod run;
pub mod serving;
pub mod user;
pub mod view;
pub mod wire;
pub mod world;
