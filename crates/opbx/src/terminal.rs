//! What is shown to the person who started the program, and to nobody else.

use anyhow::Context as _;
use opbx_app::keys::private_file;
use opbx_app::owners::OneTimePassword;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

const PASSWORD_FILE: &str = "first-password";

/// Where the first owner's password is left when nobody sits at a terminal.
pub(crate) fn password_file(data: &Path) -> PathBuf {
    data.join(PASSWORD_FILE)
}

/// Shows a one-time password on the terminal; without one, leaves it in a file that only its owner can read.
pub(crate) fn hand_over(password: &OneTimePassword, data: &Path) -> anyhow::Result<()> {
    if io::stdout().is_terminal() {
        println!("Owner     {}   one-time password  {}", password.email, password.password);
        return Ok(());
    }
    let path = password_file(data);
    let written =
        private_file(&path).and_then(|mut file| writeln!(file, "{}\n{}", password.email, password.password));
    written.with_context(|| format!("the one-time password cannot be left in {}", path.display()))?;
    println!("Owner     {}   one-time password in {}", password.email, path.display());
    Ok(())
}
