import type { ComponentChildren } from 'preact';

interface GroupProps {
  title: string;
  hint?: ComponentChildren;
  children: ComponentChildren;
}

/** Fields that belong together, with what they are for beside them. */
export function Group({ title, hint, children }: GroupProps) {
  return (
    <section class="group">
      <div>
        <h2>{title}</h2>
        {hint && <p class="small quiet">{hint}</p>}
      </div>
      <div class="form">{children}</div>
    </section>
  );
}
