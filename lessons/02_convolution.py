# %% [markdown]
# # 2. Convolution
