import type { ComponentChildren } from 'preact';

interface GroupProps {
  title: string;
  hint: string;
  children: ComponentChildren;
}

/** Settings that belong together, with what they are for beside them. */
export function Group({ title, hint, children }: GroupProps) {
  return (
    <section class="settings-group">
      <div>
        <h2>{title}</h2>
        <p class="small quiet">{hint}</p>
      </div>
      <div class="form">{children}</div>
    </section>
  );
}
