# Not a service: what serves a repository over HTTP for the tests that clone one.
have git || git_apt=(git)

git_install() { :; }
git_start() { have git || die "git is not there"; }
