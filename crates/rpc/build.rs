//! Compiles the outcomes and dead-letters contract from the workspace's `proto` folder.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = "../../proto";
    println!("cargo::rerun-if-changed={root}/pawnshop/v1/outcomes.proto");
    let descriptors = protox::compile(["pawnshop/v1/outcomes.proto"], [root])?;
    let kept = std::path::Path::new(&std::env::var("OUT_DIR")?).join("descriptors.bin");
    std::fs::write(kept, prost::Message::encode_to_vec(&descriptors))?;
    tonic_prost_build::configure().btree_map(".").build_transport(false).compile_fds(descriptors)?;
    Ok(())
}
