"""Kinetix (Jax2D) on random levels of size s: at most three moving bodies, a joint, a thruster, four walls.

Observations are flat and symbolic; a decision is one physics step.
"""

import importlib.metadata
import time

import jax
import jax.numpy as jnp
from clock import arguments, measure
from kinetix.environment import ActionType, EnvParams, ObservationType, StaticEnvParams, UEDParams, make_kinetix_env, sample_kinetix_level

parser = arguments(__doc__)
parser.add_argument("--worlds", type=int, required=True)
options = parser.parse_args()
worlds, length, params = options.worlds, 4, EnvParams()
sizes = StaticEnvParams().replace(num_polygons=5, num_circles=2, num_joints=1, num_thrusters=1, frame_skip=1)  # its own configuration `s`
env = make_kinetix_env(
    action_type=ActionType.MULTI_DISCRETE,
    observation_type=ObservationType.SYMBOLIC_FLAT,
    reset_fn=None,
    env_params=params,
    static_env_params=sizes,
)


def keys(seed: int) -> jax.Array:
    return jax.random.split(jax.random.PRNGKey(seed), worlds)


def one(carry, _):
    key, state, _, total = carry
    key, for_actions, for_step = jax.random.split(key, 3)
    actions = jax.vmap(env.action_space(params).sample)(jax.random.split(for_actions, worlds))
    step = jax.vmap(lambda key, state, action, level: env.step(key, state, action, params, level))
    obs, state, reward, _, _ = step(jax.random.split(for_step, worlds), state, actions, levels)
    return (key, state, obs, total + reward), None


begun = time.perf_counter()
levels = jax.jit(jax.vmap(lambda key: sample_kinetix_level(key, env.physics_engine, params, env.static_env_params, UEDParams())))(keys(1))
obs, state = jax.jit(jax.vmap(lambda key, level: env.reset(key, params, level)))(keys(2), levels)
run = jax.jit(lambda carry: jax.lax.scan(one, carry, None, length=length)[0])
carry = jax.block_until_ready(run((jax.random.PRNGKey(0), state, obs, jnp.zeros(worlds))))
compiled = time.perf_counter() - begun


def call(count: int) -> None:
    global carry
    for _ in range(count):
        carry = run(carry)
    jax.block_until_ready(carry)


measure(call, options, worlds * length, version=importlib.metadata.version("kinetix-env"), compile_seconds=round(compiled, 1))
