#!/bin/bash
# The peers of `benchmarks/run.py`, each in a virtual environment of its own (their pins conflict).
# Usage: benchmarks/setup.sh FOLDER [mpe2 vmas jaxmarl puffer kinetix bodies torchrl sb3]   (default: all; Python 3.11; 5 GB, some minutes)
# Then:  python benchmarks/run.py --peers FOLDER; and FOLDER/torchrl/bin/python benchmarks/doors_torchrl.py,
#        FOLDER/sb3/bin/python benchmarks/doors_sb3.py, benchmarks/train_speed.py, benchmarks/ppo_check.py
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd); shift
into() { # into NAME REQUIREMENT...: install into FOLDER/NAME
    local name=$1; shift
    [ -x "$folder/$name/bin/python" ] || "${PYTHON:-python3.11}" -m venv "$folder/$name"
    nice -n 10 "$folder/$name/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}
mpe2() { into mpe2 pettingzoo==1.27.0 mpe2==1.1.1; }
vmas() { into vmas torch==2.13.0; into vmas vmas==1.5.2; }
torchrl() { into torchrl torch==2.13.0; into torchrl torch==2.13.0 torchrl==0.14.1 vmas==1.5.2 -e "$(cd "$(dirname "$0")/.." && pwd)"; }
sb3() { into sb3 torch==2.13.0; into sb3 torch==2.13.0 stable-baselines3==2.9.2 supersuit==3.11.0 mpe2==1.1.1 "gymnasium[box2d]==1.4.0" -e "$(cd "$(dirname "$0")/.." && pwd)"; }
jaxmarl() { into jaxmarl jax==0.10.2 jaxlib==0.10.2; into jaxmarl jaxmarl==0.2.0; }
kinetix() { into kinetix kinetix-env==3.0.2; }
bodies() { into bodies pymunk==7.3.1 box2d==2.3.10 pyb2d3==0.11.1; }
puffer() { # only the C binding of `target` is built: the whole package's build fetches Box2D and web tools
    into puffer "setuptools<80" wheel "Cython>=3" "numpy<2" torch==2.13.0 # its setup.py imports torch
    local python=$folder/puffer/bin/python source=$folder/puffer-source
    mkdir -p "$source"
    if [ ! -d "$source/pufferlib-3.0.0" ]; then
        # its setup.py 3.0.0 asks for a name that it never sets under NO_OCEAN; a start-up file sets it while pip reads the metadata
        local site; site=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
        echo 'import builtins; builtins.c_extension_paths = []' >"$site/missing_name.pth"
        (cd "$source" && NO_OCEAN=1 NO_TRAIN=1 "$python" -m pip download --quiet --no-deps --no-build-isolation --no-binary pufferlib pufferlib==3.0.0)
        rm "$site/missing_name.pth"
        tar -xzf "$source"/pufferlib-3.0.0.tar.gz -C "$source"
    fi
    local includes; includes=$("$python" -c 'import numpy, sysconfig; print("-I" + numpy.get_include(), "-I" + sysconfig.get_paths()["include"])')
    # shellcheck disable=SC2086  (two include options)
    (cd "$source/pufferlib-3.0.0" && cc -shared -fPIC -w -O2 -flto -fwrapv -DNPY_NO_DEPRECATED_API=NPY_1_7_API_VERSION -DPLATFORM_DESKTOP $includes \
        -Iraylib-5.5_linux_amd64/include pufferlib/ocean/target/binding.c -o "$source/binding$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')" \
        raylib-5.5_linux_amd64/lib/libraylib.a -lm -ldl -lpthread)
}
for peer in "${@:-}"; do
    case $peer in
        "") for each in mpe2 bodies puffer vmas jaxmarl kinetix torchrl sb3; do echo "== $each"; $each; done ;;
        mpe2 | vmas | jaxmarl | puffer | kinetix | bodies | torchrl | sb3) echo "== $peer"; $peer ;;
        *) echo "no such peer: $peer" >&2; exit 2 ;;
    esac
done
