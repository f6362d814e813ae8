"""The step of rigid bodies: soft contacts and joints, solved in substeps.

Uses `world`, `collision` and `formulas`. Read step, the table of contents; then integrate, contact_solver, constraints, joints, and the drives.
"""
