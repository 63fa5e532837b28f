//! Compiles the CloudEvents envelope from the workspace's `proto` folder.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = "../../proto";
    println!("cargo::rerun-if-changed={root}/io");
    let descriptors = protox::compile(["io/cloudevents/v1/cloudevents.proto"], [root])?;
    // Sorted attributes: the same event always has the same bytes.
    prost_build::Config::new().btree_map(["."]).bytes(["."]).compile_fds(descriptors)?;
    Ok(())
}
