//! Tells the linker that Node has what the module does not define.

fn main() {
    napi_build::setup();
}
