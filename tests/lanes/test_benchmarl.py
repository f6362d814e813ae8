"""BenchMARL's own experiments, on games as tasks."""

import importlib
import pickle
import warnings

import pytest

pytest.importorskip("benchmarl", reason="needs sandlot[benchmarl]: python tests/lanes/run.py benchmarl")

import torch

import sandlot

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what its dependencies deprecate while they are imported
    algorithms = importlib.import_module("benchmarl.algorithms")
    from benchmarl.experiment import Callback, Experiment, ExperimentConfig
    from benchmarl.models.mlp import MlpConfig

# TorchRL's and torch's own, on every step of every experiment.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


class Watch(Callback):
    """Keeps what was collected and how evaluations went."""

    def __init__(self):
        super().__init__()
        self.batches, self.evaluations, self.groups = [], [], []

    def on_batch_collected(self, batch):
        self.batches.append(batch)

    def on_train_end(self, training_td, group):
        self.groups.append(group)
        assert all(torch.isfinite(value).all() for key, value in training_td.items() if "loss" in key)

    def on_evaluation_end(self, rollouts):
        self.evaluations.append(rollouts)


def run(task, algorithm, folder):
    config = ExperimentConfig.get_from_yaml()
    config.loggers, config.create_json, config.render, config.save_folder = [], True, False, str(folder)
    config.max_n_iters, config.max_n_frames = 2, None
    config.on_policy_collected_frames_per_batch = config.off_policy_collected_frames_per_batch = config.evaluation_interval = 400
    config.on_policy_n_envs_per_worker = config.off_policy_n_envs_per_worker = 4
    config.on_policy_n_minibatch_iters, config.on_policy_minibatch_size = 1, 200
    config.off_policy_n_optimizer_steps, config.off_policy_train_batch_size, config.off_policy_memory_size = 2, 64, 2000
    config.off_policy_init_random_frames = 0
    config.evaluation, config.evaluation_episodes, config.checkpoint_at_end = True, 2, False
    watch, model = Watch(), MlpConfig.get_from_yaml()
    model.num_cells = [32]
    experiment = Experiment(
        task=task,
        algorithm_config=getattr(algorithms, algorithm).get_from_yaml(),
        model_config=model,
        seed=0,
        config=config,
        callbacks=[watch],
    )
    experiment.run()
    return watch


@pytest.mark.parametrize("algorithm", ["MappoConfig", "IppoConfig", "QmixConfig", "IqlConfig"])
def test_experiments_run(algorithm, tmp_path):
    watch = run(sandlot.make_benchmarl("tag", team="chaser"), algorithm, tmp_path)
    assert [batch.numel() for batch in watch.batches] == [400, 400]
    assert watch.groups == ["chaser", "chaser"]
    discrete = algorithm in ("QmixConfig", "IqlConfig")
    assert watch.batches[0]["chaser", "action"].dtype == (torch.int64 if discrete else torch.float32)
    assert "state" in watch.batches[0].keys()
    for rollouts in watch.evaluations:
        assert [len(rollout) for rollout in rollouts] == [200, 200]
        assert all(rollout["next", "truncated"][-1] for rollout in rollouts)
    assert len(watch.evaluations) == 2
    assert list(tmp_path.rglob("*.json"))


@pytest.mark.parametrize("actions", ["continuous", "discrete"])
def test_all_teams_learn_and_agents_leave(actions, flock, tmp_path):
    watch = run(sandlot.make_benchmarl(flock, actions=actions), "IppoConfig", tmp_path)
    assert set(watch.groups) == {"wolf", "sheep"}
    batch = watch.batches[0]
    assert batch["wolf", "action"].dtype == (torch.int64 if actions == "discrete" else torch.float32)
    assert ("action_mask" in batch["wolf"].keys()) == (actions == "discrete")
    gone = ~batch["next", "sheep", "alive"]
    if actions == "discrete":  # who is out has option 0 alone, and so takes it
        assert not batch["sheep", "action"][~batch["sheep", "alive"]].any()
        assert batch["sheep", "action_mask"][batch["sheep", "alive"]].all()
    assert torch.equal(batch["next", "sheep", "terminated"].squeeze(-1), gone)


@pytest.mark.parametrize("name", sandlot.names())
def test_every_game_is_a_task(name):
    task = sandlot.make_benchmarl(name)
    env = task.get_env_fun(2, True, 0, "cpu")()
    assert list(task.group_map(env)) == list(env.core.teams)
    for team in env.core.teams:
        shape = (len(env.core.agents(team)), *env.core.observation_space(team).shape)
        assert task.observation_spec(env)[team, "observation"].shape == shape
        assert list(task.observation_spec(env)[team].keys()) == ["observation"]
        assert task.action_spec(env)[team, "action"].shape[0] == shape[0]
    assert task.state_spec(env)["state"].shape == env.core.state_space.shape
    assert task.supports_continuous_actions()
    assert task.supports_discrete_actions()
    assert pickle.loads(pickle.dumps(task)) == task
    assert not task.has_render(env)
    assert task.max_steps(env) > 0


def test_masks_are_of_one_choice():
    for name, masked in (("tag", True), ("warehouse", False)):
        task = sandlot.make_benchmarl(name)
        assert task.action_mask_spec(task.get_env_fun(2, True, 0, "cpu")()) is None
        spec = task.action_mask_spec(task.get_env_fun(2, False, 0, "cpu")())
        assert (spec is not None) == masked
        if spec is not None:
            assert spec["chaser", "action_mask"].shape == (3, 9)


def test_tasks_differ():
    assert sandlot.make_benchmarl("tag") != sandlot.make_benchmarl("tag", chasers=5)
    assert sandlot.make_benchmarl("tag") != sandlot.make_benchmarl("tag", actions="discrete")
    assert not sandlot.make_benchmarl("tag", actions="discrete").supports_continuous_actions()
    with pytest.raises(ValueError, match="expected continuous, discrete or None"):
        sandlot.make_benchmarl("tag", actions="box")
