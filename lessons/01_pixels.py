# %% [markdown]
# # 1. A picture is an array; seeing edges
